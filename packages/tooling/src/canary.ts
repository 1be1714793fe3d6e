/**
 * Every token and password that the mocks and tests make up begins with this, so that one search over everything that a
 * run prints or writes tells whether a secret got out.
 */
export const CANARY = "kt-canary-";
