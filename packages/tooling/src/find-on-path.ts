import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** The first executable of these names on `PATH`: names in order of preference. */
export function findOnPath(names: readonly string[]): string | undefined {
	for (const name of names) {
		for (const dir of (process.env.PATH ?? "").split(delimiter)) {
			const file = join(dir, name);
			try {
				accessSync(file, constants.X_OK);
				return file;
			} catch {
				// not here
			}
		}
	}
	return undefined;
}
