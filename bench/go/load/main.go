// load asks one server with the same bodies again and again and says how it went, as one line of JSON: {"requests": N,
// "failures": N, "seconds": S, "p50": MS, "p99": MS}.
//
//	load -url https://127.0.0.1:9443/validate -bodies FILE.json [-connections 16] [-seconds 8] [-count N] [-rate N] [-fresh]
//
// Bodies are a JSON list of texts. Without -rate every connection asks again as soon as it is answered; with it, requests
// are due at fixed times and a late answer counts from when its request was due. With -fresh each request has a connection
// of its own, TLS handshake included.
package main

import (
	"bufio"
	"crypto/tls"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"sort"
	"sync"
	"sync/atomic"
	"time"
)

const (
	answerTimeout = 10 * time.Second
	// Beyond it what is due is counted as failed, so that a server that hangs does not fill the memory.
	overdueMax = 100_000
)

type settings struct {
	target      *url.URL
	requests    [][]byte // whole, with their heads
	connections int
	seconds     float64
	count       int64 // 0: as many as there is time for
	rate        float64
	fresh       bool
}

type outcome struct {
	latencies []time.Duration
	failures  int
}

// A connection that is opened when it is needed.
type client struct {
	set    *settings
	conn   net.Conn
	reader *bufio.Reader
}

func (c *client) open() error {
	conn, err := net.DialTimeout("tcp", c.set.target.Host, answerTimeout)
	if err != nil {
		return err
	}
	conn.SetDeadline(time.Now().Add(answerTimeout))
	if c.set.target.Scheme == "https" {
		// No session cache: every handshake is a whole one, as the API server's are.
		secured := tls.Client(conn, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"http/1.1"}})
		if err := secured.Handshake(); err != nil {
			conn.Close()
			return err
		}
		conn = secured
	}
	c.conn, c.reader = conn, bufio.NewReader(conn)
	return nil
}

func (c *client) close() {
	if c.conn != nil {
		c.conn.Close()
	}
	c.conn = nil
}

func (c *client) ask(request []byte) error {
	if c.conn == nil {
		if err := c.open(); err != nil {
			return err
		}
	}
	c.conn.SetDeadline(time.Now().Add(answerTimeout))
	if _, err := c.conn.Write(request); err != nil {
		c.close()
		return err
	}
	response, err := http.ReadResponse(c.reader, nil)
	if err == nil {
		_, err = io.Copy(io.Discard, response.Body)
		response.Body.Close()
	}
	if err != nil || response.Close || c.set.fresh {
		c.close()
	}
	if err != nil {
		return err
	}
	if response.StatusCode >= 500 {
		return fmt.Errorf("status %d", response.StatusCode)
	}
	return nil
}

// due gives out the times at which requests are to be made until time or count is over.
func due(set *settings, began time.Time) <-chan time.Time {
	times := make(chan time.Time, overdueMax)
	go func() {
		defer close(times)
		end := began.Add(time.Duration(set.seconds * float64(time.Second)))
		for number := int64(0); set.count == 0 || number < set.count; number++ {
			at := began.Add(time.Duration(float64(number) / set.rate * float64(time.Second)))
			if at.After(end) {
				return
			}
			time.Sleep(time.Until(at))
			times <- at
		}
	}()
	return times
}

// now gives out the present for as long as there is time and count left.
func now(set *settings, began time.Time) func() (time.Time, bool) {
	end := began.Add(time.Duration(set.seconds * float64(time.Second)))
	var made atomic.Int64
	return func() (time.Time, bool) {
		at := time.Now()
		return at, at.Before(end) && (set.count == 0 || made.Add(1) <= set.count)
	}
}

func run(set *settings) outcome {
	began := time.Now()
	next := now(set, began)
	if set.rate > 0 {
		times := due(set, began)
		next = func() (time.Time, bool) { at, more := <-times; return at, more }
	}
	var total outcome
	var lock sync.Mutex
	var workers sync.WaitGroup
	for worker := 0; worker < set.connections; worker++ {
		workers.Add(1)
		go func(number int) {
			defer workers.Done()
			one := client{set: set}
			defer one.close()
			var mine outcome
			for at, more := next(); more; at, more = next() {
				if err := one.ask(set.requests[number%len(set.requests)]); err != nil {
					mine.failures++
					continue
				}
				number++
				mine.latencies = append(mine.latencies, time.Since(at))
			}
			lock.Lock()
			defer lock.Unlock()
			total.latencies = append(total.latencies, mine.latencies...)
			total.failures += mine.failures
		}(worker)
	}
	workers.Wait()
	return total
}

// percentile is in milliseconds; `sorted` is not empty.
func percentile(sorted []time.Duration, share float64) float64 {
	return float64(sorted[int(share*float64(len(sorted)-1))].Nanoseconds()) / 1e6
}

func readRequests(path string, target *url.URL) ([][]byte, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var bodies []string
	if err := json.Unmarshal(text, &bodies); err != nil || len(bodies) == 0 {
		return nil, fmt.Errorf("%s is not a list of bodies: %v", path, err)
	}
	var requests [][]byte
	for _, body := range bodies {
		requests = append(requests, []byte(fmt.Sprintf(
			"POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
			target.RequestURI(), target.Host, len(body), body)))
	}
	return requests, nil
}

func main() {
	var set settings
	address := flag.String("url", "", "where to POST")
	bodies := flag.String("bodies", "", "file with a JSON list of bodies")
	flag.IntVar(&set.connections, "connections", 16, "how many at once")
	flag.Float64Var(&set.seconds, "seconds", 8, "how long at most")
	flag.Int64Var(&set.count, "count", 0, "how many requests at most; 0: any number")
	flag.Float64Var(&set.rate, "rate", 0, "requests a second; 0: as fast as they are answered")
	flag.BoolVar(&set.fresh, "fresh", false, "a connection for each request")
	flag.Parse()
	var err error
	if set.target, err = url.Parse(*address); err == nil {
		set.requests, err = readRequests(*bodies, set.target)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(2)
	}
	began := time.Now()
	total := run(&set)
	seconds := time.Since(began).Seconds()
	if len(total.latencies) == 0 {
		fmt.Fprintf(os.Stderr, "error: none of %d requests was answered\n", total.failures)
		os.Exit(1)
	}
	sort.Slice(total.latencies, func(i, j int) bool { return total.latencies[i] < total.latencies[j] })
	json.NewEncoder(os.Stdout).Encode(map[string]any{"requests": len(total.latencies), "failures": total.failures,
		"seconds": seconds, "p50": percentile(total.latencies, 0.50), "p99": percentile(total.latencies, 0.99)})
}
