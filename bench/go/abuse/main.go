// abuse does to a TLS server what hostile and broken clients do, and keeps it up for as long as the server lets it.
//
//	abuse -address 127.0.0.1:9443 [-stalled 200] [-closed 500]
//
// Clients stalled at each of four stages (connected, in the middle of the handshake's answer, of the head, of the body), a
// head of 100 MB, a body of 4 GB, pipelined requests, chunks of impossible sizes, and connections that are closed at once.
// Ends when the server has ended every connection, and prints how many it had to; exit code 1 if one outlives -patience.
package main

import (
	"crypto/tls"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const head = "POST /validate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"

type attacker struct {
	address  string
	patience time.Duration
	held     atomic.Int64 // connections that the server did not end in time
	ended    atomic.Int64
	all      sync.WaitGroup
}

func (a *attacker) dial() (net.Conn, error) {
	conn, err := net.DialTimeout("tcp", a.address, a.patience)
	if err == nil {
		conn.SetDeadline(time.Now().Add(a.patience))
	}
	return conn, err
}

func (a *attacker) dialTLS() (net.Conn, error) {
	conn, err := a.dial()
	if err != nil {
		return nil, err
	}
	secured := tls.Client(conn, &tls.Config{InsecureSkipVerify: true})
	if err := secured.Handshake(); err != nil {
		conn.Close()
		return nil, err
	}
	return secured, nil
}

// hold keeps the connection until the server ends it.
func (a *attacker) hold(conn net.Conn) {
	defer conn.Close()
	_, err := io.Copy(io.Discard, conn)
	if timeout, is := err.(net.Error); is && timeout.Timeout() {
		a.held.Add(1)
		return
	}
	a.ended.Add(1)
}

// client runs `act` on a connection of its own; a server that refuses it has ended it.
func (a *attacker) client(dial func() (net.Conn, error), act func(conn net.Conn)) {
	a.all.Add(1)
	go func() {
		defer a.all.Done()
		conn, err := dial()
		if err != nil {
			a.ended.Add(1)
			return
		}
		act(conn)
		a.hold(conn)
	}()
}

func say(text string) func(net.Conn) {
	return func(conn net.Conn) { io.WriteString(conn, text) }
}

// flood sends the head and then `piece` until `total` bytes are out or the server has had enough.
func flood(start, piece string, total int64) func(net.Conn) {
	return func(conn net.Conn) {
		if _, err := io.WriteString(conn, start); err != nil {
			return
		}
		for sent := int64(0); sent < total; sent += int64(len(piece)) {
			if _, err := io.WriteString(conn, piece); err != nil {
				return
			}
		}
	}
}

func (a *attacker) stall(count int) {
	hello := "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" // the beginning of a ClientHello of 512 bytes
	for number := 0; number < count; number++ {
		a.client(a.dial, func(net.Conn) {})
		a.client(a.dial, say(hello))
		a.client(a.dialTLS, say(head[:30]))
		a.client(a.dialTLS, say(head+"Content-Length: 5000\r\n\r\n{\"kind\":"))
	}
}

func (a *attacker) misbehave() {
	piece := strings.Repeat("a", 64<<10)
	a.client(a.dialTLS, flood("POST /validate HTTP/1.1\r\nHost: x\r\nX-Long: ", piece, 100<<20))
	a.client(a.dialTLS, flood(head+"Content-Length: 4294967296\r\n\r\n", piece, 4<<30))
	last := head + "Connection: close\r\nContent-Length: 2\r\n\r\n{}"
	a.client(a.dialTLS, say(strings.Repeat(head+"Content-Length: 2\r\n\r\n{}", 200)+last))
	for _, size := range []string{"-5", "ffffffffffffffffff", "zz", "5;" + strings.Repeat("x", 32<<10)} {
		a.client(a.dialTLS, say(head+"Transfer-Encoding: chunked\r\n\r\n"+size+"\r\nhello\r\n"))
	}
	a.client(a.dialTLS, say(head+"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello"))
	a.client(a.dial, say("GET / HTTP/1.1\r\nHost: x\r\n\r\n"))
}

func (a *attacker) connectAndClose(count int) {
	for number := 0; number < count; number++ {
		if conn, err := a.dial(); err == nil {
			conn.Close()
		}
	}
}

func main() {
	address := flag.String("address", "", "host:port")
	stalled := flag.Int("stalled", 200, "clients stalled at each of four stages")
	closed := flag.Int("closed", 500, "connections that are closed at once")
	patience := flag.Duration("patience", 60*time.Second, "after which a connection counts as held for ever")
	flag.Parse()
	a := attacker{address: *address, patience: *patience}
	a.stall(*stalled)
	a.misbehave()
	a.connectAndClose(*closed)
	fmt.Println("busy")
	a.all.Wait()
	fmt.Printf("ended %d, held %d\n", a.ended.Load(), a.held.Load())
	if a.held.Load() > 0 {
		os.Exit(1)
	}
}
