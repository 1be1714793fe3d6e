import {
	chmodSync,
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	readlinkSync,
	statSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { storeConformance } from "@keyturn/testing";
import { describe, expect, test } from "vitest";
import { fileAuth, fileStore } from "../src/index.ts";
import { codeOf, newPath, patience, recordOf } from "./place.ts";

describe("fileStore", () => {
	const make = () => {
		const path = newPath();
		return { store: fileStore({ path }), peer: fileStore({ path }) };
	};
	for (const check of storeConformance(make, { hintWaitMs: 60_000 }))
		test(`as every store, ${check.name}`, check.run);

	test("reads synchronously, so that a command line knows at once whether it is signed in", async () => {
		const store = fileStore({ path: newPath() });
		expect(store.read()).toBe(null);
		await store.swap(null, recordOf(1));
		expect(store.read()).toEqual(recordOf(1));
	});

	test("only the owner can read the file and the folders it makes", async () => {
		const path = newPath();
		const store = fileStore({ path });
		await store.swap(null, recordOf(1));
		expect(statSync(path).mode & 0o777).toBe(0o600);
		for (const made of [dirname(path), `${path}.lock`])
			expect(statSync(made).mode & 0o777).toBe(0o700);
		chmodSync(path, 0o644);
		await store.swap(recordOf(1), recordOf(2));
		expect(statSync(path).mode & 0o777).toBe(0o600);
	});

	test("B42 a file and a link to it are one session", async () => {
		const path = newPath();
		const store = fileStore({ path });
		await store.swap(null, recordOf(1));
		const link = join(dirname(path), "link.json");
		symlinkSync("session.json", link);
		const { store: linked, coordinator } = fileAuth({ path: link });
		await coordinator.exclusive(
			"x",
			async () => {
				expect(await linked.swap(recordOf(1), recordOf(2))).toBe(true);
			},
			patience,
		);
		expect(store.read()).toEqual(recordOf(2));
		expect(readlinkSync(link)).toBe("session.json");
		expect(readdirSync(dirname(path)).sort()).toEqual([
			"link.json",
			"session.json",
			"session.json.lease",
			"session.json.lock",
		]);
	});

	test("leaves no temporary file, and no token in a lock", async () => {
		const path = newPath();
		const { store, coordinator } = fileAuth({ path });
		await coordinator.exclusive(
			"x",
			async () => {
				await store.swap(null, recordOf(1));
				await store.read();
				await store.swap(recordOf(1), recordOf(2));
			},
			patience,
		);
		expect(readdirSync(dirname(path)).sort()).toEqual([
			"session.json",
			"session.json.lease",
			"session.json.lock",
		]);
		for (const directory of [`${path}.lease`, `${path}.lock`])
			for (const name of readdirSync(directory))
				expect(readFileSync(join(directory, name), "utf8")).not.toContain(
					"cAnArY",
				);
	});

	test("B72 what is no record of ours is reported, without a word of it, and left alone", async () => {
		const path = newPath();
		const store = fileStore({ path });
		mkdirSync(dirname(path));
		for (const text of ["{", "[]", "null", '"sUpErSeCrEt"', '{"port":80}']) {
			writeFileSync(path, text);
			expect(await codeOf(() => store.read())).toBe(
				"port-failed: the record cannot be read",
			);
			expect(await codeOf(() => store.swap(null, recordOf(1)))).toBe(
				"port-failed: the record cannot be read",
			);
			expect(readFileSync(path, "utf8")).toBe(text);
		}
	});

	test("B68 a record of a newer version is neither read nor overwritten", async () => {
		const path = newPath();
		const store = fileStore({ path });
		mkdirSync(dirname(path));
		const text = JSON.stringify({ ...recordOf(1), schema: 2 });
		writeFileSync(path, text);
		expect(await codeOf(() => store.read())).toBe(
			"port-failed: the record is of a newer version",
		);
		expect(await codeOf(() => store.swap(recordOf(1), recordOf(2)))).toBe(
			"port-failed: the record is of a newer version",
		);
		expect(readFileSync(path, "utf8")).toBe(text);
	});

	test("a folder that cannot be written is an error without its path", async () => {
		const path = newPath();
		mkdirSync(dirname(path));
		writeFileSync(`${path}.lock`, "in the way");
		const result = await codeOf(() =>
			fileStore({ path }).swap(null, recordOf(1)),
		);
		expect(result).toBe("port-failed: file: EEXIST");
		expect(existsSync(path)).toBe(false);
	});

	test.each([
		["path", { path: "" }],
		["leaseMs", { path: "x", leaseMs: 0 }],
		["leaseMs", { path: "x", leaseMs: Number.NaN }],
	])("refuses a wrong %s at once", (name, options) => {
		expect(() => fileAuth(options)).toThrow(`invalid-option: ${name}`);
	});
});
