/** What an authority saw and did, for tests to count and for people to watch. Holds no token and no password. */

export type AuthorityEventType =
	| "signed-in"
	| "sign-in-refused"
	| "refreshed"
	/** A used refresh token was answered as before, inside the reuse interval. */
	| "refresh-repeated"
	| "refresh-refused"
	/** A used refresh token came again; its session is over. */
	| "reuse-detected"
	| "signed-out"
	/** An API call was let in. */
	| "accepted"
	/** An API call was refused for its token. */
	| "unauthorized"
	/** Neither: an unknown path, a broken body. */
	| "bad-request"
	/** A scripted fault took this request. */
	| "fault"
	/** A control method was called. */
	| "controlled";

export interface AuthorityEvent {
	/** The authority's own clock, ms since the Unix epoch. */
	readonly atMs: number;
	readonly type: AuthorityEventType;
	readonly method: string;
	/** Without the query. */
	readonly path: string;
	/** `null`: no answer was sent. */
	readonly status: number | null;
	/** Login, session number and generation of the token that came; `null` when it is not known. */
	readonly account: string | null;
	readonly session: number | null;
	readonly generation: number | null;
	/** The fault's type, or the control method's name. */
	readonly detail: string | null;
}

export interface Counters {
	/** Everything that arrived. */
	readonly requests: number;
	readonly signInRequests: number;
	readonly refreshRequests: number;
	readonly signOutRequests: number;
	readonly apiRequests: number;
	/** Sign-ins that gave tokens. */
	readonly signIns: number;
	/** Refreshes that gave new tokens. */
	readonly refreshes: number;
	/** Used refresh tokens that were answered as before. */
	readonly repeats: number;
	/** Sign-ins and refreshes that were refused. */
	readonly refusals: number;
	/** Used refresh tokens that came again and ended their session, or were refused. */
	readonly reuses: number;
	readonly signOuts: number;
	/** API calls that were let in. */
	readonly accepted: number;
	/** API calls that were refused for their token. */
	readonly unauthorized: number;
	/** Requests that met a scripted fault. */
	readonly faults: number;
}

export const noCounts: Counters = Object.freeze({
	requests: 0,
	signInRequests: 0,
	refreshRequests: 0,
	signOutRequests: 0,
	apiRequests: 0,
	signIns: 0,
	refreshes: 0,
	repeats: 0,
	refusals: 0,
	reuses: 0,
	signOuts: 0,
	accepted: 0,
	unauthorized: 0,
	faults: 0,
});

/** Which counters an event raises, besides those of arrival. */
export const countersOf: Readonly<
	Record<AuthorityEventType, readonly (keyof Counters)[]>
> = {
	"signed-in": ["signIns"],
	"sign-in-refused": ["refusals"],
	refreshed: ["refreshes"],
	"refresh-repeated": ["repeats"],
	"refresh-refused": ["refusals"],
	"reuse-detected": ["refusals", "reuses"],
	"signed-out": ["signOuts"],
	accepted: ["accepted"],
	unauthorized: ["unauthorized"],
	"bad-request": [],
	fault: ["faults"],
	controlled: [],
};
