/** Durations and errors in words. */
import type { AuthError, AuthErrorCode } from "@keyturn/core";

const two = (value: number): string => String(value).padStart(2, "0");

/** `02:31`, `7 h 59 min`, `29 d 23 h`. */
export function duration(ms: number): string {
	if (ms === Infinity) return "for ever";
	const seconds = Math.max(0, Math.round(ms / 1_000));
	const minutes = Math.floor(seconds / 60);
	const hours = Math.floor(minutes / 60);
	return hours >= 48
		? `${Math.floor(hours / 24)} d ${hours % 24} h`
		: hours >= 1
			? `${hours} h ${two(minutes % 60)} min`
			: `${two(minutes)}:${two(seconds % 60)}`;
}

/** `340 ms`, `2.1 s`, `4 min`. */
export const span = (ms: number): string =>
	ms < 1_000
		? `${Math.round(ms)} ms`
		: ms < 60_000
			? `${(ms / 1_000).toFixed(1)} s`
			: ms < 3_600_000
				? `${Math.round(ms / 60_000)} min`
				: `${Math.round(ms / 3_600_000)} h`;

const meanings: Readonly<Record<AuthErrorCode, string>> = {
	rejected: "The API refused these credentials.",
	"password-expired":
		"The password has expired. The API gives no tokens until it is changed.",
	"signed-out": "Nobody is signed in.",
	"session-ended": "The session cannot be renewed any more.",
	superseded: "A newer sign-in took this one's place.",
	unavailable: "The server cannot be reached, or asks to come back later.",
	"bad-response": "The server answered something that is not its API.",
	"in-doubt": "An answer was lost: the refresh token may be used up.",
	timeout: "The server takes too long.",
	"port-failed": "This browser's storage does not work.",
	"invalid-option": "A mistake in the calling code.",
	closed: "The session has been closed.",
};

export const meaningOf = (code: AuthErrorCode): string => meanings[code];

/** What to show: the API's own words first. */
export const messageOf = ({
	code,
	detail,
}: Pick<AuthError, "code" | "detail">): string => detail ?? meanings[code];
