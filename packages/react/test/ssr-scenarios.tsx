/** What a server does, with either major version of React, see `bundle.ts`. */
import { isAuthError } from "@keyturn/core";
import {
	AuthProvider,
	Restoring,
	SignedIn,
	useAuth,
	useAuthState,
	useReadyAuth,
} from "@keyturn/react";
import { type ReactNode, Suspense } from "react";
import {
	renderToReadableStream,
	renderToString,
} from "react-dom/server.browser";
import { createDesk, type DeskAuth, right, slow, storeOf } from "./desk.ts";

/** A promise that a component can throw until it has settled. */
function createGate() {
	let isOpen = false;
	let open = () => {};
	const promise = new Promise<void>((resolve) => {
		open = () => {
			isOpen = true;
			resolve();
		};
	});
	return {
		open: () => open(),
		wait() {
			if (!isOpen) throw promise;
		},
	};
}

type Gate = ReturnType<typeof createGate>;

function Profile({ gate }: { readonly gate: Gate }) {
	const before = useAuthState(
		({ user }) => (user as { name: string } | null)?.name,
	);
	gate.wait();
	const { auth, state } = useAuth<DeskAuth>();
	return (
		<p>
			{before} {state.user?.name} {auth.state.user?.name}
		</p>
	);
}

const htmlOf = async (node: ReactNode): Promise<string> => {
	const stream = await renderToReadableStream(node);
	return new Response(stream).text();
};

/** So many pages at once, each for somebody else; their parts become ready in an order of their own. */
export async function interleaved(
	count: number,
	random: () => number,
): Promise<readonly string[]> {
	const gates: Gate[] = [];
	const pages = Array.from({ length: count }, async (_, index) => {
		const { auth } = createDesk();
		await auth.signIn(right(`user-${index}-`));
		const parts = [createGate(), createGate()];
		gates.push(...parts);
		const html = await htmlOf(
			<AuthProvider auth={auth} initialState={auth.state}>
				<SignedIn fallback="nobody">
					{parts.map((gate, part) => (
						<Suspense
							// biome-ignore lint/suspicious/noArrayIndexKey: two parts that stay where they are
							key={part}
							fallback="…"
						>
							<Profile gate={gate} />
						</Suspense>
					))}
				</SignedIn>
			</AuthProvider>,
		);
		auth.close();
		return html;
	});
	// every page is under way before the first goes on
	await new Promise((resolve) => setTimeout(resolve));
	while (gates.length) {
		const [gate] = gates.splice(Math.floor(random() * gates.length), 1);
		gate?.open();
		if (gates.length % 50 === 0)
			await new Promise((resolve) => setTimeout(resolve));
	}
	return Promise.all(pages);
}

/** Without `initialState`: the same for everybody, whoever is signed in. */
export async function withoutState(): Promise<string> {
	const { auth } = createDesk({ store: await storeOf("Ada") });
	return renderToString(
		<AuthProvider auth={auth}>
			<Restoring fallback="known">restoring</Restoring>
		</AuthProvider>,
	);
}

function Ready({ onRender }: { readonly onRender?: () => void }) {
	onRender?.();
	return <b>{useReadyAuth<DeskAuth>().state.user?.name}</b>;
}

/** The store is read while the page is streamed. */
export async function suspended(): Promise<string> {
	const { store, open } = slow(await storeOf("Ada"));
	const { auth } = createDesk({ store });
	const html = htmlOf(
		<AuthProvider auth={auth}>
			<Suspense fallback="waiting">
				<Ready />
			</Suspense>
		</AuthProvider>,
	);
	open();
	return html;
}

/** The request is over, and its session closed, before the store has answered. What came, and why it is not more. */
export async function closedMeanwhile() {
	const { store, open } = slow(await storeOf("Ada"));
	const { auth } = createDesk({ store });
	let renders = 0;
	const onRender = () => {
		// else nothing else would ever get its turn
		if (++renders > 100) throw new Error("for ever");
	};
	const errors: unknown[] = [];
	const stream = await renderToReadableStream(
		<AuthProvider auth={auth}>
			<Suspense fallback="waiting">
				<Ready onRender={onRender} />
			</Suspense>
		</AuthProvider>,
		{ onError: (error) => void errors.push(error) },
	);
	auth.close();
	open();
	return {
		html: await new Response(stream).text(),
		codes: errors.map((error) => isAuthError(error) && error.code),
	};
}
