// An echo peer on github.com/gorilla/websocket: gorilla server | client URL AGENT.
//
// Its documentation leaves it to the application to check that text is UTF-8, so this application does.
package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"time"
	"unicode/utf8"

	"github.com/gorilla/websocket"

	"websock/peers/cases"
)

const messageLimit = 64 << 20

func echo(connection *websocket.Conn) {
	defer connection.Close()
	connection.SetReadLimit(messageLimit)
	for {
		kind, message, err := connection.ReadMessage()
		if err != nil {
			return
		}
		if kind == websocket.TextMessage && !utf8.Valid(message) {
			connection.WriteControl(websocket.CloseMessage,
				websocket.FormatCloseMessage(websocket.CloseInvalidFramePayloadData, ""), time.Time{})
			return
		}
		if connection.WriteMessage(kind, message) != nil {
			return
		}
	}
}

var upgrader = websocket.Upgrader{EnableCompression: true}

func answer(response http.ResponseWriter, request *http.Request) {
	if connection, err := upgrader.Upgrade(response, request, nil); err == nil {
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

var dialer = websocket.Dialer{EnableCompression: true}

type client struct{}

func (client) First(url string) string {
	connection, _, err := dialer.Dial(url, nil)
	if err != nil {
		panic(err)
	}
	defer connection.Close()
	_, message, _ := connection.ReadMessage()
	return string(message)
}

func (client) Echo(url string) {
	if connection, _, err := dialer.Dial(url, nil); err == nil {
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
