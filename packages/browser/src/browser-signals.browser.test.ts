import { afterEach, expect, test, vi } from "vitest";
import { browserSignals } from "./index.ts";

afterEach(() => {
	vi.restoreAllMocks();
});

function listen() {
	const seen: string[] = [];
	const stop = browserSignals().subscribe((signal) => seen.push(signal));
	return { seen, stop };
}

test("B36 says when the page may have slept, and when the network may be back", () => {
	const { seen, stop } = listen();
	dispatchEvent(new Event("online"));
	document.dispatchEvent(new Event("visibilitychange"));
	dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
	document.dispatchEvent(new Event("resume"));
	expect(seen).toEqual(["online", "visible", "resumed", "resumed"]);
	stop();
});

test("says nothing when the page becomes hidden", () => {
	vi.spyOn(document, "hidden", "get").mockReturnValue(true);
	const { seen, stop } = listen();
	document.dispatchEvent(new Event("visibilitychange"));
	expect(seen).toEqual([]);
	stop();
});

test("B83 hears nothing after it has stopped", () => {
	const { seen, stop } = listen();
	stop();
	dispatchEvent(new Event("online"));
	document.dispatchEvent(new Event("visibilitychange"));
	dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
	document.dispatchEvent(new Event("resume"));
	expect(seen).toEqual([]);
});
