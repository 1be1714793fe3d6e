import {
	createOzAuthority,
	createSimulator,
	type OzAuthority,
	type OzAuthorityOptions,
	type SimulatorOptions,
	virtualPlatform,
} from "../src/index.ts";
import { plainOz } from "./plain-protocol.ts";

export const baseUrl = "https://oz.test";
export const me: string = `${baseUrl}/api/users/me`;
export const credentials = { email: "user_email", password: "user_password" };

type Credentials = typeof credentials;

export function bench(
	options: Partial<SimulatorOptions<Credentials, unknown>> = {},
	authority: OzAuthorityOptions = {},
) {
	const platform = virtualPlatform();
	const api: OzAuthority = createOzAuthority({
		...platform.forServer,
		...authority,
	});
	platform.network.connect(api);
	const world = createSimulator<Credentials, unknown>({
		platform,
		protocol: plainOz({ baseUrl }),
		...options,
	});
	const [a, b] = world.clients;
	if (!a || !b) throw new Error("two clients at least");
	return { platform, api, world, a, b };
}

export const statuses = (world: {
	clients: readonly { auth: { state: { status: string } } }[];
}) => world.clients.map(({ auth }) => auth.state.status);
