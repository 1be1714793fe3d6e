import {
	createOzAuthority,
	createSimulator,
	type Fault,
	type FaultOptions,
	virtualPlatform,
} from "../src/index.ts";
import { plainOz } from "./plain-protocol.ts";

export const baseUrl = "https://oz.test";
export const me: string = `${baseUrl}/api/users/me`;
export const credentials = { email: "user_email", password: "user_password" };

/** One client, signed in; its token has run out unless `isFresh`. */
export async function bench(
	fault: Fault | null,
	options: FaultOptions = { on: "refresh" },
	isFresh = fault === null,
) {
	const platform = virtualPlatform();
	const api = createOzAuthority(platform.forServer);
	platform.network.connect(api);
	const world = createSimulator({
		platform,
		protocol: plainOz({ baseUrl }),
		clients: 1,
		store: null,
		lock: null,
		refresh: { eager: false },
	});
	const [client] = world.clients;
	if (!client) throw new Error("one client at least");
	await client.auth.signIn(credentials);
	if (!isFresh) await platform.advance(15 * 60_000);
	if (fault) api.fail(fault, options);
	return {
		platform,
		api,
		client,
		/** One call of the application: its status, or the error's code. */
		async call(waitMs = 30_000): Promise<number | string> {
			const result = client.call(me).then(
				({ reply }) => reply.status,
				({ code }) => code,
			);
			await platform.advance(waitMs);
			return result;
		},
	};
}
