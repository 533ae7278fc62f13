// Tongpin joins organisational work and business work: organisations, the
// enterprises that host them, their people, and figures that open.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"tongpin/internal/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := cli.Run(ctx, os.Args[1:], os.Getenv, os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
