import {
	Restoring,
	SignedIn,
	SignedOut,
	useAuth,
	useAuthState,
} from "@keyturn/react";
import { useState } from "react";
import type { Api } from "../session/apis.ts";
import { meaningOf, messageOf } from "../session/wording.ts";
import { LifetimeBar } from "./lifetime-bar.tsx";
import { SignInForm } from "./sign-in-form.tsx";
import { StatusPill } from "./status-pill.tsx";

const reasons: Readonly<Record<string, string>> = {
	"signed-out": "Signed out.",
	"signed-out-elsewhere": "Signed out in another tab.",
	rejected: "The server has ended the session.",
	"session-ended": "The session is over.",
};

function SignedOutNote() {
	const { state } = useAuth();
	const said =
		state.status === "unauthenticated"
			? { reason: reasons[state.reason], failure: state.failure }
			: null;
	return (
		<p className="note">
			{said?.reason ?? "Nobody is signed in."}{" "}
			{said?.failure && (
				<>
					{messageOf(said.failure)} <code>{said.failure.code}</code>
				</>
			)}
		</p>
	);
}

function Live({ api }: { readonly api: Api }) {
	const { auth, state, signOut } = useAuth();
	const [said, setSaid] = useState("");
	if (state.status === "unauthenticated") return null;
	const { session, user, epoch, generation, failure } = state;
	return (
		<div className="live">
			<p className="who">
				<strong>{api.nameOf(user, "Signed in")}</strong>
				<span className="figures">
					session {short(epoch)} · pair {generation}
				</span>
			</p>
			<LifetimeBar session={session} nowMs={auth.nowMs} />
			<div className="buttons">
				<button
					type="button"
					onClick={async () => {
						setSaid("");
						try {
							await auth.refresh();
							setSaid("Renewed.");
						} catch (error) {
							setSaid(messageOf(error as Parameters<typeof messageOf>[0]));
						}
					}}
				>
					Refresh now
				</button>
				<button type="button" onClick={() => signOut()}>
					Sign out
				</button>
			</div>
			<p className="note" role="status">
				{failure ? (
					<>
						Last refresh: {failure.detail ?? meaningOf(failure.code)}{" "}
						<code>{failure.code}</code>
					</>
				) : (
					said
				)}
			</p>
		</div>
	);
}

/** What is worth knowing of the API; an expired password is worth more. */
function Facts({ api }: { readonly api: Api }) {
	const isPasswordExpired = useAuthState(
		(state) =>
			state.status !== "unauthenticated" && state.session.isPasswordExpired,
	);
	return isPasswordExpired ? (
		<p className="warning">
			The password has expired. The API gave tokens all the same: ask for a new
			password.
		</p>
	) : (
		<ul className="facts">
			{api.facts.map((fact) => (
				<li key={fact}>{fact}</li>
			))}
		</ul>
	);
}

/** Epochs of stored sessions are times: their end tells them apart. */
const short = (epoch: number): string =>
	epoch < 10_000 ? String(epoch) : `…${String(epoch).slice(-4)}`;

export function SessionCard({ api }: { readonly api: Api }) {
	return (
		<section className="card session-card" aria-labelledby="session-title">
			<div className="card-head">
				<h2 id="session-title">Session</h2>
				<StatusPill />
			</div>
			<Restoring>
				<p className="note">Reading the store …</p>
			</Restoring>
			<SignedOut>
				<SignedOutNote />
				<SignInForm api={api} key={api.id} />
			</SignedOut>
			<SignedIn>
				<Live api={api} />
			</SignedIn>
			<Facts api={api} />
		</section>
	);
}
