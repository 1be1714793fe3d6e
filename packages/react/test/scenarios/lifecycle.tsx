// biome-ignore-all lint/correctness/noComponentHookFactories: each scenario runs once, and its components count for it alone
/** Components, providers and sessions come and go. */
import { createMemoryStore } from "@keyturn/core";
import { AuthProvider, createAuthHooks, useAuth } from "@keyturn/react";
import { Component, type ReactNode } from "react";
import { createDesk, type DeskAuth, right } from "../desk.ts";
import { complaints, mount, Page, step } from "./page.tsx";

export async function unmounting() {
	complaints.length = 0;
	const { auth, platform, subscriptions } = createDesk();
	let sign: (() => Promise<unknown>) | undefined;
	function Form() {
		const { signIn } = useAuth<DeskAuth>();
		sign = () => signIn(right());
		return null;
	}
	const page = await mount(
		<AuthProvider auth={auth}>
			<Form />
		</AuthProvider>,
	);
	platform.network.hold();
	let result: Promise<unknown> | undefined;
	await step(async () => {
		result = sign?.();
		await platform.flush();
	});
	await page.unmount();
	const listening = subscriptions();
	await platform.network.release();
	const error = await result;
	platform.network.hold();
	const refreshed = auth.refresh();
	await platform.flush();
	const second = await mount(
		<AuthProvider auth={auth}>
			<Page />
		</AuthProvider>,
	);
	await second.unmount();
	await platform.network.release();
	const { generation } = await refreshed;
	return {
		error,
		listening,
		generation,
		status: auth.state.status,
		complaints: [...complaints],
	};
}

export async function replacing() {
	const old = createDesk();
	const next = createDesk();
	await old.auth.signIn(right("Ada"));
	await next.auth.signIn(right("Grace"));
	const tree = (auth: DeskAuth) => (
		<AuthProvider auth={auth}>
			<Page />
		</AuthProvider>
	);
	const page = await mount(tree(old.auth));
	const before = [page.text(), old.subscriptions(), next.subscriptions()];
	// what a module does in `import.meta.hot.dispose`
	old.auth.close();
	await page.render(tree(next.auth));
	const after = [page.text(), old.subscriptions(), next.subscriptions()];
	await page.unmount();
	return { before, after, oldTimers: old.platform.timers.length };
}

export async function outside() {
	complaints.length = 0;
	let error: unknown;
	class Boundary extends Component<{ children: ReactNode }> {
		override state = { hasFailed: false };
		static getDerivedStateFromError = () => ({ hasFailed: true });
		override componentDidCatch(thrown: unknown) {
			error = thrown;
		}
		override render() {
			return this.state.hasFailed ? "caught" : this.props.children;
		}
	}
	const page = await mount(
		<Boundary>
			<Page />
		</Boundary>,
	);
	const text = page.text();
	await page.unmount();
	return { text, message: String(error) };
}

export async function twoKinds() {
	const ours = createDesk();
	const theirs = createDesk({ store: createMemoryStore() });
	await ours.auth.signIn(right("Ada"));
	await theirs.auth.signIn(right("Grace"));
	// bound to a session: no provider is needed
	const one = createAuthHooks(ours.auth);
	const two = createAuthHooks<DeskAuth>();
	function Both() {
		const { state } = one.useAuth();
		const other = two.useAuthState(({ user }) => user?.name);
		return `${state.user?.name} and ${other}`;
	}
	const page = await mount(
		<two.AuthProvider auth={theirs.auth}>
			<Both />
		</two.AuthProvider>,
	);
	const text = page.text();
	await page.unmount();
	return text;
}
