// Types of the copy beside this file, for the check alone.
export * from "openapi-fetch";
export { default } from "openapi-fetch";
