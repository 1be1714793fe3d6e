/** What a server rendered comes to life. */
import { AuthProvider } from "@keyturn/react";
import { hydrateRoot } from "react-dom/client";
import { renderToString } from "react-dom/server.browser";
import { createDesk, storeOf } from "../desk.ts";
import { complaints, Page, step } from "./page.tsx";

/** @param state what the server hands over, if it does */
export async function hydrate(state?: string) {
	complaints.length = 0;
	const { auth } = createDesk({ store: await storeOf("Ada") });
	const server = createDesk({ store: await storeOf("Ada") });
	const first = state === undefined ? {} : { initialState: server.auth.state };
	const element = document.body.appendChild(document.createElement("div"));
	element.innerHTML = renderToString(
		<AuthProvider auth={server.auth} {...first}>
			<Page />
		</AuthProvider>,
	);
	const seen = [element.textContent];
	const observer = new MutationObserver(() => seen.push(element.textContent));
	observer.observe(element, {
		childList: true,
		subtree: true,
		characterData: true,
	});
	// over the wire: tokens become fingerprints there
	const json = JSON.stringify(server.auth.state);
	await step(async () => {
		hydrateRoot(
			element,
			<AuthProvider
				auth={auth}
				{...(state === undefined ? {} : { initialState: JSON.parse(json) })}
			>
				<Page />
			</AuthProvider>,
			{
				onRecoverableError: (error) =>
					complaints.push(`recovered from ${error}`),
			},
		);
	});
	observer.disconnect();
	return {
		seen: [...new Set(seen)],
		hasToken: json.includes("access-1"),
		complaints: [...complaints],
	};
}
