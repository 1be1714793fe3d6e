// biome-ignore-all lint/correctness/noComponentHookFactories: each scenario runs once, and its components count for it alone
/** Waiting for a store, and what only React 19 has. */
import { AuthProvider, useAuth, useReadyAuth } from "@keyturn/react";
// a namespace, because React 18 has no `use`
import * as React from "react";
import { type ReactNode, Suspense } from "react";
import { createDesk, type DeskAuth, slow, storeOf } from "../desk.ts";
import { leaves, mount, step } from "./page.tsx";

export async function suspense() {
	const { store, open } = slow(await storeOf("Ada"));
	const { auth } = createDesk({ store });
	const sync = createDesk({ store: await storeOf("Grace") });
	function Ready() {
		const { state } = useReadyAuth<DeskAuth>();
		return <b>{state.user?.name}</b>;
	}
	const tree = (one: DeskAuth, child: ReactNode) => (
		<AuthProvider auth={one}>
			<Suspense fallback="waiting">{child}</Suspense>
		</AuthProvider>
	);
	const page = await mount(tree(auth, <Ready />));
	const seen = [page.text()];
	await step(async () => {
		open();
		await auth.ready;
	});
	await leaves(page, "waiting");
	seen.push(page.text());
	const atOnce = await mount(tree(sync.auth, <Ready />));
	seen.push(atOnce.text());
	await page.unmount();
	await atOnce.unmount();
	return seen;
}

/** `use` and actions: React 19 only. */
export async function nineteen() {
	const { store, open } = slow(await storeOf("Ada"));
	const { auth } = createDesk({ store });
	function Used() {
		React.use(auth.ready);
		return <b>{auth.state.user?.name}</b>;
	}
	const page = await mount(
		<Suspense fallback="waiting">
			<Used />
		</Suspense>,
	);
	const used = [page.text()];
	await step(async () => {
		open();
		await auth.ready;
	});
	await leaves(page, "waiting");
	used.push(page.text());
	await page.unmount();

	const desk = createDesk();
	const seen: string[] = [];
	/** What the hook says by itself. */
	const own: string[] = [];
	function Form() {
		const { signIn, ...hook } = useAuth<DeskAuth>();
		const said = `${hook.isPending ? "pending" : "idle"} ${hook.error?.code ?? "no error"}`;
		if (said !== own.at(-1)) own.push(said);
		const [error, submit, isPending] = React.useActionState(
			(_before: Awaited<ReturnType<typeof signIn>>, form: FormData) =>
				signIn({ name: "Ada", password: String(form.get("password")) }),
			null,
		);
		const line = `${isPending ? "pending" : "idle"} ${error?.code ?? "no error"}`;
		if (line !== seen.at(-1)) seen.push(line);
		return (
			<form action={submit}>
				<input name="password" defaultValue="guess" />
				<button type="submit">Sign in</button>
			</form>
		);
	}
	const form = await mount(
		<AuthProvider auth={desk.auth}>
			<Form />
		</AuthProvider>,
	);
	const send = (password: string) =>
		step(() => {
			const input = form.element.querySelector("input");
			if (input) input.value = password;
			form.element.querySelector("button")?.click();
		});
	await send("guess");
	await send("right");
	await form.unmount();
	return { used, seen, own, status: desk.auth.state.status };
}
