package network

import (
	"fmt"
	"strings"
	"testing"
)

func TestCommandsAreAnswered(t *testing.T) {
	eachPath(t, func(w *world) {
		c := w.dial()
		c.ping()
		c.send("*2\r\n$4\r\nECHO\r\n$5\r\nhello\r\n")
		c.want("$5", "hello")
	})
}

func TestAPipelineIsAnsweredInOrder(t *testing.T) {
	eachPath(t, func(w *world) {
		c := w.dial()
		const n = 50000
		go func() {
			var b strings.Builder
			for i := range n {
				fmt.Fprintf(&b, "ECHO %d\r\n", i)
			}
			c.Write([]byte(b.String()))
		}()
		for i := range n {
			s := fmt.Sprint(i)
			c.want(fmt.Sprint("$", len(s)), s)
		}
	})
}
