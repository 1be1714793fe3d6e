// biome-ignore-all lint/correctness/noComponentHookFactories: each scenario runs once, and its components count for it alone
/** Signing in from a component. */
import { AuthProvider, useAuth } from "@keyturn/react";
import { createDesk, type DeskAuth, right } from "../desk.ts";
import { complaints, mount, step } from "./page.tsx";

export async function signingIn() {
	complaints.length = 0;
	const { auth, platform } = createDesk();
	const seen: string[] = [];
	let handle: ReturnType<typeof useAuth<DeskAuth>> | undefined;
	function Form() {
		const now = useAuth<DeskAuth>();
		handle = now;
		const { state, isPending, error } = now;
		const line = `${state.status} ${isPending ? "pending" : "idle"} ${error?.code ?? "no error"}`;
		if (line !== seen.at(-1)) seen.push(line);
		return null;
	}
	const page = await mount(
		<AuthProvider auth={auth}>
			<Form />
		</AuthProvider>,
	);
	/** Everything that a caller sees of an answer comes after "pending" is on the screen. */
	const sent = async <Result,>(work: () => Result): Promise<Result> => {
		platform.network.hold();
		const result = work();
		await step(() => platform.flush());
		await step(() => platform.network.release());
		return result;
	};
	const wrong = await sent(() =>
		handle?.signIn({ name: "Ada", password: "guess" }),
	);
	const [first, second] = await sent(() =>
		Promise.all([handle?.signIn(right("Ada")), handle?.signIn(right("Grace"))]),
	);
	let stranger: unknown;
	await step(async () => {
		stranger = await handle
			?.signIn(right(), { signal: AbortSignal.abort("mine") })
			.catch((reason: unknown) => reason);
	});
	const state = handle?.state;
	await page.unmount();
	return {
		seen,
		wrong: { code: wrong?.code, detail: wrong?.detail },
		first: first?.code,
		second,
		stranger,
		user: auth.state.user,
		hasTokens:
			state !== undefined && "session" in state && "tokens" in state.session,
		complaints: [...complaints],
	};
}
