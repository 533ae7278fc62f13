// Package client is generated from the description of the API; the command line
// speaks to a server with it.
package client
