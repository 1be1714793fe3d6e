import type { Page } from "playwright-core";

/** Does this text occur in any living string of the page's JavaScript heap? */
export async function isInHeap(page: Page, text: string): Promise<boolean> {
	const devtools = await page.context().newCDPSession(page);
	try {
		await devtools.send("HeapProfiler.enable");
		await devtools.send("HeapProfiler.collectGarbage");
		let snapshot = "";
		devtools.on("HeapProfiler.addHeapSnapshotChunk", ({ chunk }) => {
			snapshot += chunk;
		});
		await devtools.send("HeapProfiler.takeHeapSnapshot", {
			reportProgress: false,
		});
		if (!snapshot.includes('"strings":')) throw new Error("no heap snapshot");
		return snapshot.includes(text);
	} finally {
		await devtools.detach();
	}
}
