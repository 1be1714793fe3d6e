/** Whether the mock servers can be asked: at once on the dev server; in the static build when the worker runs. */
import { createCell, type Observable } from "../session/observable.ts";

const isStatic = import.meta.env.MODE === "static";
const cell = createCell<"starting" | "ready" | "failed">(
	isStatic ? "starting" : "ready",
);

export const mockState: Observable<"starting" | "ready" | "failed"> = cell;

/** Never rejects: without a worker the requests fail by themselves. */
export const mockReady: Promise<void> = isStatic
	? import("./service-worker.ts")
			.then(({ startMock }) => startMock())
			.then(
				() => cell.set("ready"),
				() => cell.set("failed"),
			)
	: Promise.resolve();
