/** Runs inside the pages of the tests: an application of one session, and what the tests ask of it. */
import { type Auth, createAuth, type RefreshPolicy } from "@keyturn/core";
import { createAuthFetch, webPlatform } from "@keyturn/fetch";
import { oauth2 } from "@keyturn/protocols/oauth2";
import { deviceSeal } from "../src/encryption.ts";
import { type BrowserDiagnostics, browserAuth } from "../src/index.ts";

export interface PageOptions {
	readonly storage?: "local" | "session";
	readonly isSealed?: boolean;
	readonly isUncoordinated?: boolean;
	readonly refresh?: RefreshPolicy;
	readonly isResendSafe?: boolean;
}

export interface PageView {
	readonly status: string;
	readonly reason: string | null;
	readonly epoch: number;
	readonly generation: number;
	/** Every status that the page was told of. */
	readonly history: readonly string[];
	/** Codes of what `onError` was called with. */
	readonly errors: readonly string[];
	readonly faults: readonly string[];
	/** Of `pageshow`, `freeze` and `resume`. */
	readonly lifecycle: readonly string[];
}

export interface PageDriver {
	/** The account's password is its name, but for `user`. */
	signIn(username?: string): Promise<string>;
	signOut(): Promise<unknown>;
	/** The new generation, or the code of the failure. */
	refresh(): Promise<number | string>;
	/** The status of an API call, or the code of the failure. */
	call(): Promise<number | string>;
	view(): PageView;
	diagnostics(): BrowserDiagnostics;
	close(): void;
}

declare global {
	interface Window {
		keyturn: PageDriver;
	}
}

const options: PageOptions = JSON.parse(
	decodeURIComponent(location.hash.slice(1)) || "{}",
);

const errors: string[] = [];
const faults: string[] = [];
const history: string[] = [];
const lifecycle: string[] = [];
const codeOf = (error: unknown): string => {
	const { code, name } = error as { code?: string; name?: string };
	return code ?? name ?? "unknown";
};

const { diagnostics, ...browser } = browserAuth("app", {
	storage: options.storage,
	seal: options.isSealed ? deviceSeal() : undefined,
	onFault: (fault) => faults.push(fault),
});
// not `location.origin`: that is "null" in a sandboxed frame
const { origin } = new URL(document.baseURI);
const auth: Auth<{ username: string; password: string }> = createAuth({
	protocol: oauth2({
		baseUrl: origin,
		tokenUrl: "/oauth/token",
		revocationUrl: "/oauth/revoke",
		clientId: "public",
		grant: "password",
		...(options.isResendSafe ? { resend: "always" } : {}),
	}),
	platform: webPlatform(),
	...browser,
	...(options.isUncoordinated ? { coordinator: undefined } : {}),
	refresh: { minIntervalMs: 0, ...options.refresh },
	onError: (error) => errors.push(codeOf(error)),
});
const authFetch = createAuthFetch(auth);
auth.subscribe(() => {
	const { status, generation } = auth.state;
	history.push(`${status} ${generation}`);
});
addEventListener("pageshow", ({ persisted }) =>
	lifecycle.push(persisted ? "pageshow persisted" : "pageshow"),
);
for (const type of ["freeze", "resume"])
	document.addEventListener(type, () => lifecycle.push(type));

window.keyturn = {
	async signIn(username = "user") {
		try {
			const { status } = await auth.signIn({
				username,
				password: username === "user" ? "password" : username,
			});
			return status;
		} catch (error) {
			return codeOf(error);
		}
	},
	signOut: () => auth.signOut(),
	async refresh() {
		try {
			return (await auth.refresh()).generation;
		} catch (error) {
			return codeOf(error);
		}
	},
	async call() {
		try {
			return (await authFetch(`${origin}/api/me`)).status;
		} catch (error) {
			return codeOf(error);
		}
	},
	view: () => ({
		status: auth.state.status,
		reason: "reason" in auth.state ? auth.state.reason : null,
		epoch: auth.state.epoch,
		generation: auth.state.generation,
		history,
		errors,
		faults,
		lifecycle,
	}),
	diagnostics,
	close: () => auth.close(),
};
void auth.ready.then(() => {
	document.title = "ready";
});
