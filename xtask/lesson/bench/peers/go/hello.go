// The functions of hello.h that are measured, as a Go programmer would write them, for
// `go build -buildmode=c-shared`: they trust their pointers.
package main

// What Go cannot say itself: pointers to what is constant, a call of a function pointer. cgo writes
// prototypes of its own; with the names of these types they agree with those of hello.h, and the C
// compiler says so if they do not.

// #include <stdlib.h>
// #include "hello.h"
//
// typedef const char *Text;
// typedef const double *Doubles;
//
// static int32_t call_visitor(HelloVisitor visitor, double value, double root, void *context) {
//     return visitor(value, root, context);
// }
import "C"

import (
	"math"
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

//export hello_greet
func hello_greet(name C.Text, greeting **C.char) C.HelloStatus {
	text := C.GoString(name)
	if !utf8.ValidString(text) {
		return C.HELLO_STATUS_INVALID_UTF8
	}
	*greeting = C.CString("Hello, " + text + "!")
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
