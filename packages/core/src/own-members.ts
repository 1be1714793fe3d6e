/**
 * What an object says itself, optional members included: a polluted `Object.prototype` must not answer for what was left
 * out (D9). Not for ports, which may well be instances of classes.
 */
export const ownMembers = <T extends object>(object: T | null | undefined): T =>
	({ __proto__: null, ...object }) as unknown as T;
