/** Control of an authority over HTTP, for tests in another process or another language: `/__mock`. */
import { readObject } from "./api-message.ts";
import type { Authority } from "./authority.ts";
import type { Fault, FaultOptions } from "./fault.ts";

export const controlPath = "/__mock";

const isNumber = (value: unknown): value is number =>
	typeof value === "number" && Number.isFinite(value);

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
	const whose = typeof login === "string" ? login : undefined;
	switch (path.slice(controlPath.length + 1)) {
		case "expire":
			authority.expireNow(whose);
			break;
		case "lose":
			authority.loseToken(whose);
			break;
		case "revoke":
			authority.revokeAll(whose);
			break;
		case "rotate":
			authority.rotate(whose);
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
			if (typeof fault !== "object" || fault === null) return bad();
			authority.fail(fault as Fault, {
				...(typeof on === "string" && {
					on: on as NonNullable<FaultOptions["on"]>,
				}),
				...(isNumber(times) && { times }),
				...(isNumber(skip) && { skip }),
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
