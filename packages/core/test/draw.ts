/** `pnpm --filter @keyturn/core draw`: brings the drawings in the READMEs up to date. */
import { readFileSync, writeFileSync } from "node:fs";
import { withDrawing } from "./drawing.ts";
import { drawnFiles } from "./drawn-files.ts";

for (const [file, drawings] of drawnFiles) {
	let text = readFileSync(file, "utf8");
	for (const [name, draw] of drawings) text = withDrawing(text, name, draw());
	writeFileSync(file, text);
}
