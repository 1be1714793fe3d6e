/** What the Oz API says: its numbered errors, the pair of tokens with everything around it, who is signed in. */
import { type ApiReply, json } from "./api-message.ts";
import type { Held } from "./token-ledger.ts";

export interface OzAccount {
	readonly email: string;
	readonly password: string;
	/** Service accounts get five years instead of 15 minutes. */
	readonly isService?: boolean;
	readonly firstName?: string;
	readonly lastName?: string;
	readonly userType?: string;
	/** Default: derived from the email. */
	readonly userId?: string;
	/** Fields of the `user` object that replace the usual ones. */
	readonly profile?: Readonly<Record<string, unknown>>;
}

const messages: Readonly<Record<number, string>> = {
	0: "Unknown server error",
	1: "Action is not allowed",
	3: "Invalid structure of the request",
	6: "Access token is not given",
	7: "Access token does not exist",
	8: "Access token has expired",
	9: "Forbidden for this user",
	10: "Resource not found",
	11: "External service failed",
};

export const problem = (
	status: number,
	errorCode: number,
	message: string = messages[errorCode] ?? "Error",
): ApiReply =>
	json(status, {
		error_code: errorCode,
		error_message: message,
		details: null,
	});

/** A made-up identifier in the documented form, always the same for the same text. */
export function uuidOf(text: string): string {
	let hex = "";
	for (let round = 0; round < 4; round++) {
		let hash = 0x811c9dc5 + round;
		for (const char of text)
			hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
		hex += (hash >>> 0).toString(16).padStart(8, "0");
	}
	return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

export const profileOf = (
	account: OzAccount,
): Readonly<Record<string, unknown>> => ({
	technical_meta_data: {},
	meta_data: {},
	user_id: account.userId ?? uuidOf(account.email),
	user_type: account.userType ?? (account.isService ? "SERVICE" : "OPERATOR"),
	first_name: account.firstName ?? "Ada",
	last_name: account.lastName ?? "Lovelace",
	middle_name: "",
	email: account.email,
	is_active: true,
	can_start_analyse_biometry: true,
	can_start_analyse_collection: true,
	can_start_analyse_documents: true,
	can_start_analyse_quality: true,
	company_id: uuidOf("company"),
	...account.profile,
});

const deviceInfo = {
	device_family: "Other",
	device_platform: "Other",
	device_os: "Other",
	app_version: "1.0.0",
	app_build: null,
	device_locale: null,
	sdk_version: "1.0.0",
	sdk_build: null,
	bundle_id: "",
};

export const pairReply = (
	account: OzAccount,
	{ session, pair }: Held,
	old: string | null,
): ApiReply =>
	json(200, {
		access_token: pair.access,
		expire_token: pair.refresh,
		// float seconds, finer than a millisecond, as the API gives them
		expire_date: pair.expiresAtMs / 1_000 + 0.000_25,
		session_id: session.id,
		user_id: profileOf(account).user_id,
		old_access_token: old,
		technical_meta_data: {},
		device_info: deviceInfo,
		user: profileOf(account),
	});
