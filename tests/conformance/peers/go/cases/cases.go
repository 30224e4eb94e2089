// Package cases is what an echo client does with a conformance runner that is a server.
package cases

import (
	"fmt"
	"strconv"
)

// Client opens connections. What goes wrong on them is the case's business.
type Client interface {
	// First opens a connection, and gives the first message.
	First(url string) string
	// Echo opens a connection, and sends back what comes until it ends.
	Echo(url string)
}

// Run runs all cases of the runner at url, one after the other, as agent.
func Run(client Client, url, agent string) {
	count, err := strconv.Atoi(client.First(url + "/getCaseCount"))
	if err != nil {
		panic(err)
	}
	for number := 1; number <= count; number++ {
		client.Echo(fmt.Sprintf("%s/runCase?case=%d&agent=%s", url, number, agent))
	}
	client.Echo(url + "/updateReports?agent=" + agent)
}
