// An echo peer on github.com/coder/websocket: coder server | client URL AGENT.
package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"

	"github.com/coder/websocket"

	"websock/peers/cases"
)

const messageLimit = 64 << 20

func echo(connection *websocket.Conn) {
	defer connection.CloseNow()
	connection.SetReadLimit(messageLimit)
	for {
		kind, message, err := connection.Read(context.Background())
		if err != nil {
			return
		}
		if connection.Write(context.Background(), kind, message) != nil {
			return
		}
	}
}

func answer(response http.ResponseWriter, request *http.Request) {
	connection, err := websocket.Accept(response, request,
		&websocket.AcceptOptions{CompressionMode: websocket.CompressionContextTakeover})
	if err == nil {
		echo(connection)
	}
}

func serve() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Printf("listening on ws://%s\n", listener.Addr())
	panic(http.Serve(listener, http.HandlerFunc(answer)))
}

type client struct{}

func dial(url string) (*websocket.Conn, error) {
	connection, _, err := websocket.Dial(context.Background(), url,
		&websocket.DialOptions{CompressionMode: websocket.CompressionContextTakeover})
	return connection, err
}

func (client) First(url string) string {
	connection, err := dial(url)
	if err != nil {
		panic(err)
	}
	defer connection.CloseNow()
	_, message, _ := connection.Read(context.Background())
	return string(message)
}

func (client) Echo(url string) {
	if connection, err := dial(url); err == nil {
		echo(connection)
	}
}

func main() {
	if os.Args[1] == "server" {
		serve()
	} else {
		cases.Run(client{}, os.Args[2], os.Args[3])
	}
}
