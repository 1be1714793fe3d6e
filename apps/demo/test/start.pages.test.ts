/** The command that `pnpm demo` runs. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "./built-app.ts";

const inColour = new RegExp(`${String.fromCharCode(27)}\\[[\\d;]*m`, "g");

test("takes the next port when its own is taken, says so, and answers within seconds", async () => {
	const squatter = createServer().listen(0, "127.0.0.1");
	await once(squatter, "listening");
	const { port } = squatter.address() as AddressInfo;
	const vite = spawn(
		process.execPath,
		[join(root, "node_modules/vite/bin/vite.js"), `--port=${port}`],
		{ cwd: root },
	);
	try {
		let said = "";
		vite.stdout.on("data", (chunk) => {
			said += String(chunk).replace(inColour, "");
		});
		const address = /Local:\s+(http:\/\/127\.0\.0\.1:(\d+)\/)/;
		// a process of its own, that reads its configuration first: slower than what pages do while others have the processor
		await expect.poll(() => said, { timeout: 60_000 }).toMatch(address);
		const [, url = "", chosen] = address.exec(said) ?? [];
		expect(Number(chosen)).not.toBe(port);
		const startMs = performance.now();
		const page = await (await fetch(url)).text();
		expect(page).toContain("<title>Keyturn explorer</title>");
		const overview = await (await fetch(`${url}mock/control`)).json();
		expect(Object.keys(overview.apis)).toEqual(["oz", "kazunion", "oauth2"]);
		expect(performance.now() - startMs).toBeLessThan(40_000);
	} finally {
		vite.kill();
		squatter.close();
	}
});
