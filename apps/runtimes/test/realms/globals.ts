/** What the globals of a realm are made of, to tell afterwards whether somebody has patched one. */

/** By the path that leads there: an object's prototype, or what a property's descriptor says. */
type Found = ReadonlyMap<string, readonly unknown[]>;

/** Clocks and counters of the runtime, which change by themselves. */
const restless = /^(process|performance)\./;

/** Every own property of every global, of what it holds and of what it inherits from. Calls no getter. */
export function globalsNow(): Found {
	const found = new Map<string, readonly unknown[]>();
	const seen = new Set<unknown>();
	const queue: (readonly [path: string, value: unknown])[] = [["", globalThis]];
	for (const [path, object] of queue) {
		const isObject = typeof object === "object" && object !== null;
		if (!(isObject || typeof object === "function") || seen.has(object))
			continue;
		seen.add(object);
		const prototype: unknown = Reflect.getPrototypeOf(object);
		found.set(`${path}[[Prototype]]`, [prototype]);
		queue.push([`${path}[[Prototype]].`, prototype]);
		for (const key of Reflect.ownKeys(object)) {
			const name = `${path}${String(key)}`;
			if (restless.test(name)) continue;
			const { value, get, set, writable, enumerable, configurable } =
				Reflect.getOwnPropertyDescriptor(object, key) ?? {};
			found.set(name, [value, get, set, writable, enumerable, configurable]);
			for (const part of [value, get, set]) queue.push([`${name}.`, part]);
		}
	}
	return found;
}

/** Paths of what has come, gone or changed. */
export function changedGlobals(before: Found, after: Found): string[] {
	return [...new Set([...before.keys(), ...after.keys()])].filter((path) => {
		const [was, is] = [before.get(path), after.get(path)];
		return !was || !is?.every((part, index) => Object.is(part, was[index]));
	});
}
