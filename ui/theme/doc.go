// Package theme says what the parts of the dashboard look like: roles in, styles out.
// Widgets know roles alone, and no colour.
package theme
