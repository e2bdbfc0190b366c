// Reads an OpenVEX document as the project's own library does and validates each of its statements.
package main

import (
	"fmt"
	"os"

	"github.com/openvex/go-vex/pkg/vex"
)

func main() {
	document, err := vex.Open(os.Args[1])
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	failed := false
	for number, statement := range document.Statements {
		if err := statement.Validate(); err != nil {
			fmt.Printf("statement %d: %v\n", number, err)
			failed = true
		}
	}
	if failed || len(document.Statements) == 0 {
		os.Exit(1)
	}
}
