/** A page to try hooks in, with nothing between them and React. */
import { Restoring, SignedIn, SignedOut, useAuthState } from "@keyturn/react";
import type { ReactNode } from "react";
import { createRoot, type Root } from "react-dom/client";

/** What React complained about. */
export const complaints: string[] = [];
console.error = (...parts: unknown[]) => {
	complaints.push(parts.map(String).join(" "));
};
addEventListener("error", ({ message }) => complaints.push(message));
addEventListener("unhandledrejection", ({ reason }) =>
	complaints.push(String(reason)),
);

const task = () => new Promise((resolve) => setTimeout(resolve));

/**
 * Does something, and lets React come to rest. Not `act`: that one holds renders back which happen in a page, and React 18
 * holds back others than 19.
 */
export async function step(work: () => unknown): Promise<void> {
	await work();
	for (let turn = 0; turn < 4; turn++) await task();
	// after everything that is in line, and what that puts there: a page that stood still for a moment renders in more turns
	await scheduler.postTask(() => {}, { priority: "background" });
}

/** When the page does not say this any more: React shows what was suspended only some time after the fallback. */
export const leaves = (page: Mounted, text: string): Promise<void> =>
	new Promise((resolve) => {
		const look = () => page.text() !== text && resolve();
		new MutationObserver(look).observe(page.element, {
			childList: true,
			subtree: true,
			attributes: true,
		});
		look();
	});

export interface Mounted {
	readonly root: Root;
	readonly element: HTMLElement;
	text(): string;
	render(node: ReactNode): Promise<void>;
	unmount(): Promise<void>;
}

export async function mount(node: ReactNode): Promise<Mounted> {
	const element = document.body.appendChild(document.createElement("div"));
	const root = createRoot(element);
	const render = (next: ReactNode) => step(() => root.render(next));
	await render(node);
	return {
		root,
		element,
		render,
		text: () => element.textContent ?? "",
		unmount: () => step(() => root.unmount()),
	};
}

/** Shows which gate is open, and who is signed in. */
export function Page() {
	return (
		<>
			<Restoring>restoring</Restoring>
			<SignedIn>
				<Who />
			</SignedIn>
			<SignedOut>nobody</SignedOut>
		</>
	);
}

function Who() {
	const name = useAuthState(
		({ user }) => (user as { name: string } | null)?.name,
	);
	return <b>{name}</b>;
}
