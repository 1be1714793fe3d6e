import type { AuthError } from "@keyturn/core";
import { useAuth } from "@keyturn/react";
import { useActionState, useState } from "react";
import type { Api, Sample } from "../session/apis.ts";
import { messageOf } from "../session/wording.ts";

export function SignInForm({ api }: { readonly api: Api }) {
	const { signIn } = useAuth();
	const [{ login, password }, setFields] = useState(api.samples[0] as Sample);
	const [error, submit, isPending] = useActionState<AuthError | null>(
		() => signIn(api.credentials(login, password)),
		null,
	);
	return (
		<form className="sign-in" action={submit}>
			<div className="samples">
				{api.samples.map((sample) => (
					<button
						type="button"
						className="chip"
						key={sample.label}
						aria-pressed={
							sample.login === login && sample.password === password
						}
						onClick={() => setFields(sample)}
					>
						{sample.label}
					</button>
				))}
			</div>
			<label>
				{api.loginLabel}
				<input
					name="login"
					autoComplete="off"
					autoCapitalize="none"
					spellCheck={false}
					required
					value={login}
					onChange={({ target }) =>
						setFields({ label: "", login: target.value, password })
					}
				/>
			</label>
			<label>
				Password
				<input
					name="password"
					type="password"
					autoComplete="off"
					required
					value={password}
					onChange={({ target }) =>
						setFields({ label: "", login, password: target.value })
					}
				/>
			</label>
			<button type="submit" className="primary" disabled={isPending}>
				{isPending ? "Signing in …" : "Sign in"}
			</button>
			<p className="form-error" role="alert">
				{error && !isPending && (
					<>
						{messageOf(error)} <code>{error.code}</code>
					</>
				)}
			</p>
		</form>
	);
}
