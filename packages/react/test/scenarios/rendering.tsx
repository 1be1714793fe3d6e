// biome-ignore-all lint/correctness/noComponentHookFactories: each scenario runs once, and its components count for it alone
/** How often React renders, and what it is given. */
import type { AuthState } from "@keyturn/core";
import { AuthProvider, SignedIn, useAuth, useAuthState } from "@keyturn/react";
import { memo, StrictMode, useState } from "react";
import { createDesk, right } from "../desk.ts";
import { complaints, mount, step } from "./page.tsx";

const statusOf = (state: { readonly status: AuthState["status"] }) =>
	state.status;

/** Counts its renders, and shows who is signed in. */
function createName() {
	const seen = { renders: 0 };
	const Name = memo(() => {
		seen.renders++;
		const name = useAuthState(
			({ user }) => (user as { name: string } | null)?.name,
		);
		return <b>{name ?? "nobody"}</b>;
	});
	return { Name, seen };
}

export async function strictMode() {
	const { auth, platform, subscriptions, count } = createDesk();
	function Two() {
		const { state } = useAuth();
		return (
			<i>
				{state.status} {useAuthState(statusOf)}
			</i>
		);
	}
	const page = await mount(
		<StrictMode>
			<AuthProvider auth={auth}>
				<Two />
				<Two />
			</AuthProvider>
		</StrictMode>,
	);
	const mounted = subscriptions();
	await step(async () => {
		await auth.signIn(right());
	});
	await step(() => platform.advance(90_000));
	const refreshes = count("/refresh");
	const text = page.text();
	await page.unmount();
	const unmounted = subscriptions();
	const grant = auth.authorize("https://api.example.com/things");
	auth.close();
	return {
		mounted,
		unmounted,
		refreshes,
		text,
		isGrantedWithoutReact: grant !== null && "headers" in grant,
		timersAfterClose: platform.timers.length,
	};
}

export async function renderCounts() {
	const { auth } = createDesk();
	const { Name, seen: name } = createName();
	let whole = 0;
	let inside = 0;
	function Whole() {
		whole++;
		return <i>{useAuth().state.status}</i>;
	}
	function Inside() {
		inside++;
		return <u>inside</u>;
	}
	const counts: Record<string, readonly number[]> = {};
	const page = await mount(
		<AuthProvider auth={auth}>
			<Name />
			<Whole />
			<SignedIn>
				<Inside />
			</SignedIn>
		</AuthProvider>,
	);
	const note = (when: string) => {
		counts[when] = [name.renders, whole, inside];
	};
	note("mounted");
	await step(async () => {
		await auth.signIn(right());
	});
	note("signed in");
	await step(async () => {
		await auth.refresh();
	});
	note("refreshed");
	await step(async () => {
		await auth.signOut();
	});
	note("signed out");
	await page.unmount();
	return counts;
}

export async function slices() {
	complaints.length = 0;
	const { auth } = createDesk();
	await auth.signIn(right());
	const equal: unknown[] = [];
	let plainRenders = 0;
	let again = () => {};
	function Parts() {
		const [, set] = useState(0);
		again = () => set((count) => count + 1);
		equal.push(
			useAuthState(
				({ user }) => ({ user }),
				(a, b) => a.user === b.user,
			),
		);
		return null;
	}
	function Plain() {
		plainRenders++;
		// a new object at each call: React would render for ever if one snapshot gave two of them
		return <i>{useAuthState(({ status }) => ({ status })).status}</i>;
	}
	const page = await mount(
		<AuthProvider auth={auth}>
			<Parts />
			<Plain />
		</AuthProvider>,
	);
	for (let round = 0; round < 5; round++) await step(() => again());
	await step(async () => {
		await auth.refresh();
	});
	const text = page.text();
	await page.unmount();
	return {
		renders: equal.length,
		distinct: new Set(equal).size,
		plainRenders,
		text,
		complaints: [...complaints],
	};
}
