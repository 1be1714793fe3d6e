/**
 * Run by `realms.deep.test.ts` in a Node.js process of its own, bundled: `<way> <url>` lives a life in the realm that its flags and
 * its way make, and prints what was seen as JSON.
 */
import { createElement } from "react";
import { renderToString } from "react-dom/server";
import { changedGlobals, globalsNow } from "./globals.ts";
import type { Life } from "./life.ts";
import { bearable, pollute } from "./pollution.ts";

const [way = "", url = ""] = process.argv.slice(2);

/** Loaded late, so that the realm is as it shall be before they are. */
const load = async () => ({
	...(await import("./adapters.ts")),
	...(await import("./life.ts")),
	react: await import("@keyturn/react"),
});

async function live(
	life: Omit<Life, "url" | "adapters"> = {},
): Promise<string[]> {
	const { live, throughFetch } = await load();
	const { throughKy } = await import("./through-ky.ts");
	return live({
		...life,
		url,
		adapters: { fetch: throughFetch, ky: throughKy },
	});
}

/** The platform sets up some of its own at the first use. */
async function warmUp(): Promise<void> {
	await (await fetch(`${url}/oz/api/public`)).text();
}

/** Without ky and React: their own code, or the bundler's for it, does not stand a polluted realm. */
async function liveByFetch(meanwhile?: () => void): Promise<string[]> {
	const { throughFetch } = await import("./adapters.ts");
	const { live } = await import("./life.ts");
	return live({
		url,
		adapters: { fetch: throughFetch },
		platform: undefined,
		meanwhile,
		closed: undefined,
	});
}

async function collected(refs: readonly WeakRef<object>[]): Promise<number> {
	const { gc } = globalThis;
	if (!gc) throw new Error("wants --expose-gc");
	const left = () => refs.filter((ref) => ref.deref()).length;
	for (let round = 0; round < 50 && left() > 0; round++) {
		await new Promise((resolve) => setTimeout(resolve, 10));
		gc();
	}
	return refs.length - left();
}

const ways: Readonly<Record<string, () => Promise<unknown>>> = {
	plain: () => live(),

	/** How React shows a session that has not been read, and one that is there. */
	async react() {
		const { react, session } = await load();
		const { auth, end } = await session(url);
		const Name = () => createElement("b", null, react.useAuth().state.status);
		const html = renderToString(
			createElement(
				react.AuthProvider,
				{ auth, initialState: auth.state },
				createElement(Name),
			),
		);
		await end();
		return html;
	},

	// the controls: what the flags forbid is forbidden here
	async "makes code from text"() {
		return new Function("return 1")();
	},
	async "changes an intrinsic"() {
		(Array.prototype as { at?: unknown }).at = undefined;
	},

	/** Before anything of ours is loaded, but after Node.js has set up its own fetch. */
	async "polluted before"() {
		await warmUp();
		const clean = pollute(Object.prototype, bearable, "hostile");
		const lived = await liveByFetch();
		clean();
		return lived;
	},

	async "polluted afterwards"() {
		let clean = (): void => {};
		const lived = await liveByFetch(() => {
			clean = pollute(Object.prototype, bearable, "hostile");
		});
		clean();
		return lived;
	},

	async globals() {
		await warmUp();
		const before = globalsNow();
		const lived = await live();
		return {
			lived: lived.length,
			changed: changedGlobals(before, globalsNow()),
		};
	},

	async "globals, patched"() {
		const before = globalsNow();
		const { json } = Response.prototype;
		Response.prototype.json = function (this: Response) {
			return json.call(this);
		};
		Object.assign(globalThis, { keyturn: true });
		return changedGlobals(before, globalsNow());
	},

	async "collectable after close"() {
		const refs: WeakRef<object>[] = [];
		await live({ closed: (auth) => refs.push(new WeakRef(auth)) });
		return [refs.length, await collected(refs)];
	},

	async "collectable when idle"() {
		const { session } = await load();
		const open = async (): Promise<WeakRef<object>> => {
			const { auth } = await session(url);
			return new WeakRef(auth);
		};
		return [1, await collected([await open()])];
	},

	/** The control: what somebody holds is not collected. */
	async "not collectable when held"() {
		const { session } = await load();
		const { auth } = await session(url);
		const left = await collected([new WeakRef(auth)]);
		return [1, left, auth.state.status];
	},
};

const said = await ways[way]?.();
process.stdout.write(`${JSON.stringify(said ?? null)}\n`);
