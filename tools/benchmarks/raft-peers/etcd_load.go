// etcd_load puts load on etcd as `vectron-raft-bench load` does on vectron: closed loop, the same values,
// the same row of results.
//
// Build: GO111MODULE=off GOPATH=/usr/share/gocode go build etcd_load.go (Debian's golang-etcd-server-dev).
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand"
	"net/http"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"

	"go.etcd.io/etcd/clientv3"
)

type answer struct{ begin, end time.Time }

type client struct {
	answers []answer
	errs    int
	lastErr string
}

// The processor time that processes have used so far, in milliseconds; Linux counts hundredths of seconds.
func processorMilliseconds(pids string) float64 {
	sum := 0.0
	for _, pid := range strings.Split(pids, ",") {
		text, err := os.ReadFile("/proc/" + pid + "/stat")
		if err != nil {
			continue
		}
		// Behind the name: the state is field 3, the times are fields 14 and 15.
		fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
		for _, field := range fields[11:13] {
			value, _ := strconv.ParseFloat(field, 64)
			sum += 10 * value
		}
	}
	return sum
}

// How often the nodes have waited for the disk, by their own metrics.
func syncCount(urls string) float64 {
	sum := 0.0
	for _, url := range strings.Split(urls, ",") {
		response, err := http.Get(url + "/metrics")
		if err != nil {
			continue
		}
		lines := bufio.NewScanner(response.Body)
		for lines.Scan() {
			line := lines.Text()
			if strings.HasPrefix(line, "etcd_disk_wal_fsync_duration_seconds_count ") ||
				strings.HasPrefix(line, "etcd_disk_backend_commit_duration_seconds_count ") {
				value, _ := strconv.ParseFloat(strings.Fields(line)[1], 64)
				sum += value
			}
		}
		response.Body.Close()
	}
	return sum
}

func main() {
	endpoints := flag.String("endpoints", "", "where requests go, parted by commas")
	connections := flag.Int("connections", 3, "how many connections the clients share")
	clients := flag.Int("clients", 16, "how many clients")
	warm := flag.Float64("warm", 2, "seconds before measuring begins")
	seconds := flag.Float64("seconds", 8, "seconds of measuring")
	size := flag.Int("size", 1536, "the bytes of a value")
	keys := flag.Int("keys", 100000, "how many keys there are")
	timeout := flag.Int("op-timeout", 5000, "how many milliseconds a request may take")
	pids := flag.String("pids", "", "the processes whose time is counted")
	metrics := flag.String("metrics", "", "the nodes whose syncs are counted")
	history := flag.String("history", "", "where begin and end of each request are written")
	flag.Parse()

	places := strings.Split(*endpoints, ",")
	var pool []*clientv3.Client
	for i := 0; i < *connections && i < *clients; i++ {
		one, err := clientv3.New(clientv3.Config{
			Endpoints: []string{places[i%len(places)]}, DialTimeout: 5 * time.Second})
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		pool = append(pool, one)
	}
	begin := time.Now()
	measureBegin := begin.Add(time.Duration(*warm * float64(time.Second)))
	end := measureBegin.Add(time.Duration(*seconds * float64(time.Second)))
	seen := make([]client, *clients)
	var group sync.WaitGroup
	for i := range seen {
		group.Add(1)
		go func(i int) {
			defer group.Done()
			random := rand.New(rand.NewSource(int64(i) + 1))
			value := make([]byte, *size)
			random.Read(value)
			for time.Now().Before(end) {
				t0 := time.Now()
				ctx, cancel := context.WithTimeout(
					context.Background(), time.Duration(*timeout)*time.Millisecond)
				_, err := pool[i%len(pool)].Put(
					ctx, fmt.Sprintf("k%08d", random.Intn(*keys)), string(value))
				cancel()
				if err != nil {
					seen[i].errs++
					seen[i].lastErr = err.Error()
					time.Sleep(5 * time.Millisecond)
					continue
				}
				seen[i].answers = append(seen[i].answers, answer{t0, time.Now()})
			}
		}(i)
	}
	time.Sleep(time.Until(measureBegin))
	cpu, syncs := processorMilliseconds(*pids), syncCount(*metrics)
	time.Sleep(time.Until(end))
	cpu, syncs = processorMilliseconds(*pids)-cpu, syncCount(*metrics)-syncs
	group.Wait()

	var all []answer
	errs, lastErr := 0, ""
	for _, one := range seen {
		all = append(all, one.answers...)
		errs += one.errs
		if one.lastErr != "" {
			lastErr = one.lastErr
		}
	}
	sort.Slice(all, func(i, j int) bool { return all[i].end.Before(all[j].end) })
	if *history != "" {
		file, err := os.Create(*history)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		lines := bufio.NewWriter(file)
		for _, one := range all {
			fmt.Fprintln(lines, one.begin.UnixNano(), one.end.UnixNano())
		}
		lines.Flush()
		file.Close()
	}
	var latencies []float64
	gap := -1.0
	var last time.Time
	for _, one := range all {
		if one.end.Before(measureBegin) || one.end.After(end) {
			continue
		}
		latencies = append(latencies, float64(one.end.Sub(one.begin))/1e6)
		if !last.IsZero() && float64(one.end.Sub(last))/1e6 > gap {
			gap = float64(one.end.Sub(last)) / 1e6
		}
		last = one.end
	}
	sort.Float64s(latencies)
	quantile := func(share float64) float64 {
		if len(latencies) == 0 {
			return -1
		}
		return latencies[int(share*float64(len(latencies)-1))]
	}
	row, _ := json.Marshal(map[string]interface{}{
		"clients": *clients, "ops": len(latencies), "ops_s": float64(len(latencies)) / *seconds,
		"p50_ms": quantile(.5), "p99_ms": quantile(.99), "p999_ms": quantile(.999),
		"max_ms": quantile(1), "max_gap_ms": gap, "errs": errs, "last_err": lastErr,
		"cpu_ms": cpu, "fsyncs": syncs})
	fmt.Println(string(row))
}
