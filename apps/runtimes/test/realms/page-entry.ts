/** Runs in a page under a strict content security policy: an application, driven by its own screen. */
import { browserAuth } from "@keyturn/browser";
import { deviceSeal } from "@keyturn/browser/encryption";
import { createAuth } from "@keyturn/core";
import { createAuthFetch, webPlatform } from "@keyturn/fetch";
import { withAuth } from "@keyturn/ky";
import { oz } from "@keyturn/protocols/oz";
import { createAuthHooks } from "@keyturn/react";
import ky from "ky";
import { createElement as h, useState } from "react";
import { createRoot } from "react-dom/client";
import { throughFetch } from "./adapters.ts";
import { changedGlobals, globalsNow } from "./globals.ts";
import { live } from "./life.ts";
import { throughKy } from "./through-ky.ts";

declare global {
	interface Window {
		/** What the page did that its policy forbids: the directive. */
		violations: string[];
		/** Lives of every protocol and adapter, and the globals that they have changed. */
		lives(): Promise<{ readonly lived: string[]; readonly changed: string[] }>;
		/** Names of forbidden things that were tried and did not work. */
		misbehaves(): Promise<string[]>;
	}
}

const api = new URLSearchParams(location.search).get("api") ?? "";
const auth = createAuth({
	protocol: oz({ baseUrl: `${api}/oz` }),
	platform: webPlatform(),
	...browserAuth("page", { seal: deviceSeal() }),
	refresh: { minIntervalMs: 0 },
});
const { useAuth, SignedIn, SignedOut } = createAuthHooks(auth);
const authFetch = createAuthFetch(auth);
const client = ky.extend(withAuth(auth));
const url = `${api}/oz/api/echo`;

function Screen() {
	const { state, signIn, signOut, error } = useAuth();
	const [answers, setAnswers] = useState<readonly number[]>([]);
	const call = async () => {
		const [first, second] = await Promise.all([
			authFetch(url, { method: "POST", body: "a" }),
			client.post(url, { body: "b" }),
		]);
		setAnswers([first.status, second.status]);
	};
	const enter = () =>
		signIn({ email: "user_email", password: "user_password" });
	return h(
		"main",
		null,
		h("p", { id: "status" }, `${state.status} ${state.generation}`),
		h("p", { id: "error" }, error?.message),
		h("p", { id: "answers" }, answers.join()),
		h(SignedOut, null, h("button", { type: "button", onClick: enter }, "in")),
		h(
			SignedIn,
			null,
			h("button", { type: "button", onClick: call }, "call"),
			h("button", { type: "button", onClick: () => auth.refresh() }, "renew"),
			h("button", { type: "button", onClick: signOut }, "out"),
		),
	);
}

window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => {
	window.violations.push(event.effectiveDirective);
});
window.lives = async () => {
	// the platform sets up some of its own at the first use
	await (await fetch(`${api}/oz/api/public`)).text();
	const before = globalsNow();
	const lived = await live({
		url: api,
		adapters: { fetch: throughFetch, ky: throughKy },
	});
	return { lived, changed: changedGlobals(before, globalsNow()) };
};

const attempts: Readonly<Record<string, () => unknown>> = {
	code: () => Reflect.construct(Function, ["return 1"]),
	markup() {
		document.body.innerHTML = "<b>1</b>";
	},
	foreign: () => fetch("http://localhost:9/"),
};
window.misbehaves = async () => {
	// out of the debugger's call, which lifts the ban on code from text
	await new Promise((resolve) => setTimeout(resolve));
	const refused: string[] = [];
	for (const [name, attempt] of Object.entries(attempts))
		try {
			await attempt();
		} catch {
			refused.push(name);
		}
	return refused;
};

createRoot(document.getElementById("root") as HTMLElement).render(h(Screen));
