/** The authority: families of token pairs, rotation, reuse detection, reuse interval, sliding lifetimes. */
import { type Configuration, lifetimeMs } from "./configuration.ts";
import { holds, violate } from "./property.ts";
import type { Model, Pair, Reply, World } from "./world.ts";

const rejected: Reply = { type: "failed", code: "rejected" };

export function issue(world: World, account: number): Reply {
	world.families.push({
		account,
		current: 1,
		revoked: false,
		rotatedAtMs: -Infinity,
		presented: 0,
		validFromMs: world.nowMs,
	});
	return {
		type: "ok",
		pair: { family: world.families.length - 1, number: 1 },
	};
}

export function present(model: Model, world: World, pair: Pair): Reply {
	const { isRotating, reuseMs, maxPairs } = model.configuration;
	const family = world.families[pair.family];
	if (!family) throw new Error("no such family");
	const { nowMs } = world;
	if (family.revoked) return rejected;
	if (isRotating) {
		const bit = 1 << pair.number;
		// S3: one spending per refresh token, unless an answer was lost, a client crashed in between, a lease was overrun
		// or a store failed
		holds(model, "S3 economical spending");
		const isInside = nowMs < family.rotatedAtMs + reuseMs;
		if (family.presented & bit && !world.isExcused && !isInside)
			violate(world, "S3 economical spending");
		family.presented |= bit;
	}
	holds(model, "S4 blame");
	const isCurrent = !isRotating || pair.number === family.current;
	if (isCurrent) {
		if (family.current >= maxPairs) world.isCut = true;
		family.current++;
		family.rotatedAtMs = nowMs;
		family.validFromMs = nowMs;
	} else if (
		pair.number !== family.current - 1 ||
		nowMs >= family.rotatedAtMs + reuseMs
	) {
		// S4: no client is ever taken for a thief without one of the four causes
		if (!world.isExcused) violate(world, "S4 blame");
		family.revoked = "reuse";
		return rejected;
	}
	return {
		type: "ok",
		pair: { family: pair.family, number: family.current },
	};
}

export const isAccepted = (world: World, { family, number }: Pair): boolean => {
	const found = world.families[family];
	return (
		!!found &&
		!found.revoked &&
		number === found.current &&
		world.nowMs < found.validFromMs + lifetimeMs
	);
};

export function extend(world: World, { family }: Pair): void {
	const found = world.families[family];
	if (found) found.validFromMs = world.nowMs;
}

export function revokeFamily(world: World, { family }: Pair): void {
	const found = world.families[family];
	if (found && !found.revoked) found.revoked = "sign-out";
}

/** Would the server renew this pair? */
export const isRenewable = (
	{ isRotating }: Configuration,
	world: World,
	{ family, number }: Pair,
): boolean => {
	const found = world.families[family];
	return !!found && !found.revoked && (!isRotating || number === found.current);
};
