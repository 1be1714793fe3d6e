// biome-ignore-all lint/correctness/noComponentHookFactories: each scenario runs once, and its components count for it alone
/** A state that changes while React renders. */
import { AuthProvider, useAuthState } from "@keyturn/react";
import { startTransition, useEffect, useLayoutEffect, useState } from "react";
import { createRoot } from "react-dom/client";
import { createDesk, type DeskAuth, right } from "../desk.ts";

const busy = (ms: number): void => {
	const endMs = performance.now() + ms;
	while (performance.now() < endMs);
};

/** React ends a transition that takes longer without looking at external stores again, ms. */
const expiryMs = 5_000;

/** How many different generations one commit showed, when the state changes in the middle of a long render. */
async function tearing(
	useGeneration: (auth: DeskAuth) => number,
): Promise<number> {
	const { auth } = createDesk();
	await auth.signIn(right());
	const element = document.body.appendChild(document.createElement("div"));
	const root = createRoot(element);
	const commits: number[] = [];
	let show = (_isShown: boolean) => {};
	function Slow() {
		const generation = useGeneration(auth);
		busy(3);
		return <i>{generation} </i>;
	}
	function All() {
		const [isShown, set] = useState(false);
		show = set;
		useLayoutEffect(() => {
			const texts = [...element.querySelectorAll("i")].map(
				({ textContent }) => textContent,
			);
			commits.push(new Set(texts).size);
		});
		return isShown
			? Array.from({ length: 30 }, (_, index) => `slow ${index}`).map((key) => (
					<Slow key={key} />
				))
			: null;
	}
	root.render(
		<AuthProvider auth={auth}>
			<All />
		</AuthProvider>,
	);
	const isDone = (count: number) =>
		new Promise<void>((resolve) => {
			const look = () =>
				commits.length >= count ? resolve() : setTimeout(look, 5);
			look();
		});
	await isDone(1);
	const startMs = performance.now();
	startTransition(() => show(true));
	const timer = setInterval(() => void auth.refresh(), 15);
	await isDone(2);
	clearInterval(timer);
	const tookMs = performance.now() - startMs;
	root.unmount();
	// on a machine so busy the render says nothing of the hook
	return tookMs < expiryMs ? Math.max(...commits) : tearing(useGeneration);
}

export const noTearing = () =>
	tearing(() =>
		useAuthState(({ status, generation }) =>
			status === "unauthenticated" ? 0 : generation,
		),
	);

/** The same with a hook as one writes it by hand: shows that the scenario can see a tear. */
export const tearingByHand = () =>
	tearing((auth) => {
		const [, set] = useState(0);
		useEffect(() => auth.subscribe(() => set((count) => count + 1)), [auth]);
		return auth.state.generation;
	});
