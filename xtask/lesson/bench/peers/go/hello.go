// The functions of hello.h that are measured, as a Go programmer would write them, for
// `go build -buildmode=c-shared`: they trust their pointers.
package main

// What Go cannot say itself: pointers to what is constant, a call of a function pointer, storage of
// a thread's own. cgo writes prototypes of its own; with the names of these types they agree with
// those of hello.h, and the C compiler says so if they do not.

// #include <stdlib.h>
// #include <string.h>
// #include "hello.h"
//
// typedef const char *Text;
// typedef const double *Doubles;
// typedef const HelloGreeter *Greeter;
//
// static _Thread_local char last_error[512];
//
// static Text kept_error(void) { return last_error; }
//
// static void keep_error(const char *message, size_t length) {
//     length = length < sizeof last_error ? length : sizeof last_error - 1;
//     memcpy(last_error, message, length);
//     last_error[length] = '\0';
// }
//
// static int32_t call_visitor(HelloVisitor visitor, double value, double root, void *context) {
//     return visitor(value, root, context);
// }
import "C"

import (
	"fmt"
	"math"
	"runtime/cgo"
	"sync/atomic"
	"unicode/utf8"
	"unsafe"
)

//export hello_abi_version
func hello_abi_version() C.uint32_t {
	return C.HELLO_ABI_VERSION
}

//export hello_sqrt
func hello_sqrt(value C.double) C.double {
	return C.double(math.Sqrt(float64(value)))
}

//export hello_root
func hello_root(value C.double) C.HelloRoot {
	root := math.Sqrt(float64(value))
	// Not of subnormal numbers, whose squares have no room for what is left.
	exact := math.FMA(root, root, -float64(value)) == 0
	return C.HelloRoot{value: value, root: C.double(root), exact: C.bool(exact)}
}

func fail(status C.HelloStatus, message string) C.HelloStatus {
	C.keep_error((*C.char)(unsafe.Pointer(unsafe.StringData(message))), C.size_t(len(message)))
	return status
}

//export hello_last_error
func hello_last_error() C.Text {
	return C.kept_error()
}

//export hello_checked_sqrt
func hello_checked_sqrt(value C.double, root *C.double) C.HelloStatus {
	if value < 0 {
		message := fmt.Sprintf("hello_checked_sqrt: %.1f has no real square root", float64(value))
		return fail(C.HELLO_STATUS_DOMAIN, message)
	}
	*root = C.double(math.Sqrt(float64(value)))
	return C.HELLO_STATUS_OK
}

//export hello_greet
func hello_greet(name C.Text, greeting **C.char) C.HelloStatus {
	return greet("Hello", name, greeting)
}

func greet(words string, name C.Text, greeting **C.char) C.HelloStatus {
	text := C.GoString(name)
	if !utf8.ValidString(text) {
		return fail(C.HELLO_STATUS_INVALID_UTF8, "hello_greet: the name is not UTF-8")
	}
	*greeting = C.CString(words + ", " + text + "!")
	return C.HELLO_STATUS_OK
}

//export hello_string_free
func hello_string_free(text *C.char) {
	C.free(unsafe.Pointer(text))
}

//export hello_sqrt_all
func hello_sqrt_all(values C.Doubles, roots *C.double, count C.size_t) C.HelloStatus {
	from := unsafe.Slice((*float64)(unsafe.Pointer(values)), count)
	to := unsafe.Slice((*float64)(unsafe.Pointer(roots)), count)
	for i, value := range from {
		to[i] = math.Sqrt(value)
	}
	return C.HELLO_STATUS_OK
}

type greeter struct {
	words string
	count atomic.Uint64
}

//export hello_greeter_new
func hello_greeter_new(words C.Text, made **C.HelloGreeter) C.HelloStatus {
	// C gets memory of C's with a handle in it: Go's own pointers may not stay with C.
	memory := C.malloc(C.size_t(unsafe.Sizeof(cgo.Handle(0))))
	*(*cgo.Handle)(memory) = cgo.NewHandle(&greeter{words: C.GoString(words)})
	*made = (*C.HelloGreeter)(memory)
	return C.HELLO_STATUS_OK
}

//export hello_greeter_greet
func hello_greeter_greet(handle C.Greeter, name C.Text, greeting **C.char) C.HelloStatus {
	found := (*(*cgo.Handle)(unsafe.Pointer(handle))).Value().(*greeter)
	found.count.Add(1)
	return greet(found.words, name, greeting)
}

//export hello_greeter_free
func hello_greeter_free(handle *C.HelloGreeter) {
	if handle != nil {
		(*(*cgo.Handle)(unsafe.Pointer(handle))).Delete()
		C.free(unsafe.Pointer(handle))
	}
}

//export hello_each_root
func hello_each_root(values C.Doubles, count C.size_t, visitor C.HelloVisitor, context unsafe.Pointer) C.HelloStatus {
	for _, value := range unsafe.Slice((*float64)(unsafe.Pointer(values)), count) {
		root := C.double(math.Sqrt(value))
		if C.call_visitor(visitor, C.double(value), root, context) == 0 {
			break
		}
	}
	return C.HELLO_STATUS_OK
}

func main() {}
