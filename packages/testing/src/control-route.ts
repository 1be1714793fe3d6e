/** Control of an authority over HTTP, for tests in another process or another language: `/__mock`. */
import { readObject } from "./api-message.ts";
import type { Authority } from "./authority.ts";
import type { Fault, FaultOptions, FaultType } from "./fault.ts";

export const controlPath = "/__mock";

const isNumber = (value: unknown): value is number =>
	typeof value === "number" && Number.isFinite(value);

/** The field that a fault cannot do without; `null`: none. */
const requiredFields: Readonly<Record<FaultType, string | null>> = {
	slow: "delayMs",
	unauthorized: null,
	status: "status",
	"rate-limit": "retryAfter",
	"reset-before": null,
	"reset-after": null,
	hang: null,
	"half-body": null,
	malformed: null,
	portal: null,
	redirect: "to",
};

/** For faults that no compiler has seen: one that is misspelt would change nothing, and a test would pass for nothing. */
function isFault(value: unknown): value is Fault {
	const fault = (value ?? {}) as Readonly<Record<string, unknown>>;
	const { type } = fault as { type: FaultType };
	if (!Object.hasOwn(requiredFields, type)) return false;
	const name = requiredFields[type];
	return name === null || fault[name] != null;
}

const isFaultTarget = (
	value: unknown,
): value is NonNullable<FaultOptions["on"]> =>
	typeof value === "string" &&
	/^(?:any|token|sign-in|refresh|sign-out|api|\/.*)$/.test(value);

/**
 * `GET /__mock` shows counters, sessions and events. `POST /__mock/<order>` takes a JSON object:
 * `expire`, `lose`, `revoke`, `rotate` (`{login?}`), `lifetime` (`{ms}`), `clock` and `date` (`{offsetMs}`),
 * `fail` (`{fault, on?, times?, skip?}`), `reset`.
 *
 * @returns `undefined` when the request is not for it
 */
export async function answerControl(
	authority: Authority<never>,
	request: Request,
	basePath: string,
): Promise<Response | undefined> {
	const { pathname } = new URL(request.url);
	const path = pathname.slice(basePath.length);
	if (path !== controlPath && !path.startsWith(`${controlPath}/`))
		return undefined;
	if (request.method === "GET")
		return Response.json({
			api: authority.api,
			counters: authority.counters,
			sessions: authority.sessions,
			events: authority.events,
		});
	const bad = () =>
		Response.json({ error: "unknown order or field" }, { status: 400 });
	if (request.method !== "POST") return bad();
	const text = await request.text();
	const input = text ? readObject(text) : {};
	if (!input) return bad();
	const { login, ms, offsetMs, fault, on, times, skip } = input;
	// of one account that is misspelt it would be all accounts
	if (login !== undefined && typeof login !== "string") return bad();
	switch (path.slice(controlPath.length + 1)) {
		case "expire":
			authority.expireNow(login);
			break;
		case "lose":
			authority.loseToken(login);
			break;
		case "revoke":
			authority.revokeAll(login);
			break;
		case "rotate":
			authority.rotate(login);
			break;
		case "lifetime":
			if (!isNumber(ms)) return bad();
			authority.setLifetime(ms);
			break;
		case "clock":
			if (!isNumber(offsetMs)) return bad();
			authority.setClockOffset(offsetMs);
			break;
		case "date":
			if (!isNumber(offsetMs)) return bad();
			authority.setDateOffset(offsetMs);
			break;
		case "fail":
			if (
				!isFault(fault) ||
				!(on === undefined || isFaultTarget(on)) ||
				!(times === undefined || isNumber(times)) ||
				!(skip === undefined || isNumber(skip))
			)
				return bad();
			authority.fail(fault, {
				...(on !== undefined && { on }),
				...(times !== undefined && { times }),
				...(skip !== undefined && { skip }),
			});
			break;
		case "reset":
			authority.reset();
			break;
		default:
			return bad();
	}
	return Response.json({ counters: authority.counters });
}
