/** What can be broken by pressing a button. */
import type { Explorer } from "./explorer.ts";

export interface Fault {
	readonly label: string;
	readonly hint: string;
	readonly act: (explorer: Explorer) => Promise<void>;
}

export const hour = 3_600_000;

export const tokenFaults: readonly Fault[] = [
	{
		label: "Expire now",
		hint: "The server lets the access token run out; this page's clock does not know.",
		act: (explorer) => explorer.order("expire", {}, "Expired"),
	},
	{
		label: "Lose my token",
		hint: "The server does not know the access token any more.",
		act: (explorer) => explorer.order("lose", {}, "Token lost"),
	},
	{
		label: "Revoke the session",
		hint: "Neither token is good any more.",
		act: (explorer) => explorer.order("revoke", {}, "Revoked"),
	},
	{
		label: "Rotate elsewhere",
		hint: "Somebody else has used our refresh token.",
		act: (explorer) => explorer.order("rotate", {}, "Rotated elsewhere"),
	},
];

export const fail =
	(fault: object, label: string, where: object = { on: "refresh" }) =>
	(explorer: Explorer) =>
		explorer.order("fail", { fault, ...where }, label);

export const answerFaults: readonly Fault[] = [
	{
		label: "Hang",
		hint: "The next refresh is never answered.",
		act: fail({ type: "hang" }, "Hang"),
	},
	{
		label: "Lose the answer",
		hint: "The server renews the pair, and the connection breaks in the middle of the answer.",
		act: fail({ type: "half-body" }, "Answer lost"),
	},
	{
		label: "Portal page",
		hint: "A hotel's portal answers the next refresh: 200, with HTML.",
		act: fail({ type: "portal" }, "Portal"),
	},
	{
		label: "Redirect to a stranger",
		hint: "The next request is sent on to another origin.",
		act: fail({ type: "redirect", to: "foreign" }, "Redirect", { on: "api" }),
	},
];
