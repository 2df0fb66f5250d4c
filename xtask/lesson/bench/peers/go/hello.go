// The functions of hello.h that are measured, as a Go programmer would write them, for
// `go build -buildmode=c-shared`.
package main

// #include <stdlib.h>
// #include "c_side.h"
import "C"

import (
	"fmt"
	"math"
	"math/bits"
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
	return C.HelloRoot{
		value: value,
		root:  C.double(root),
		exact: C.bool(isExact(float64(value), root)),
	}
}

// Whether root, the rounded square root of value, squares to exactly value.
func isExact(value, root float64) bool {
	if value == 0 || math.IsInf(value, 1) {
		return true
	}
	if math.IsNaN(root) {
		return false
	}
	odd, exponent := oddAndExponent(root)
	high, square := bits.Mul64(odd, odd)
	if high != 0 {
		return false
	}
	oddOfValue, exponentOfValue := oddAndExponent(value)
	return oddOfValue == square && exponentOfValue == 2*exponent
}

// The odd integer and the exponent with odd × 2^exponent = number, which is positive and finite.
func oddAndExponent(number float64) (uint64, int) {
	all := math.Float64bits(number)
	significand := all & (1<<52 - 1)
	exponent := -1074
	if biased := int(all >> 52); biased != 0 {
		significand |= 1 << 52
		exponent = biased - 1075
	}
	zeros := bits.TrailingZeros64(significand)
	return significand >> zeros, exponent + zeros
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
	if root == nil {
		return fail(C.HELLO_STATUS_NULL_POINTER, "hello_checked_sqrt: `root` is NULL")
	}
	if value < 0 {
		message := fmt.Sprintf("hello_checked_sqrt: %.1f has no real square root", float64(value))
		return fail(C.HELLO_STATUS_DOMAIN, message)
	}
	*root = C.double(math.Sqrt(float64(value)))
	return C.HELLO_STATUS_OK
}

//export hello_greet
func hello_greet(name C.Text, greeting **C.char) C.HelloStatus {
	if name == nil || greeting == nil {
		return fail(C.HELLO_STATUS_NULL_POINTER, "hello_greet: an argument is NULL")
	}
	*greeting = C.CString("Hello, " + C.GoString(name) + "!")
	return C.HELLO_STATUS_OK
}

//export hello_string_free
func hello_string_free(text *C.char) {
	C.free(unsafe.Pointer(text))
}

//export hello_sqrt_all
func hello_sqrt_all(values C.Doubles, roots *C.double, count C.size_t) C.HelloStatus {
	if count == 0 {
		return C.HELLO_STATUS_OK
	}
	if values == nil || roots == nil {
		return fail(C.HELLO_STATUS_NULL_POINTER, "hello_sqrt_all: an argument is NULL")
	}
	from := unsafe.Slice((*float64)(unsafe.Pointer(values)), count)
	to := unsafe.Slice((*float64)(unsafe.Pointer(roots)), count)
	for i, value := range from {
		to[i] = math.Sqrt(value)
	}
	return C.HELLO_STATUS_OK
}

//export hello_each_root
func hello_each_root(values C.Doubles, count C.size_t, visitor C.HelloVisitor, context unsafe.Pointer) C.HelloStatus {
	if visitor == nil || (values == nil && count > 0) {
		return fail(C.HELLO_STATUS_NULL_POINTER, "hello_each_root: an argument is NULL")
	}
	for _, value := range unsafe.Slice((*float64)(unsafe.Pointer(values)), count) {
		root := C.double(math.Sqrt(value))
		if C.call_visitor(visitor, C.double(value), root, context) == 0 {
			break
		}
	}
	return C.HELLO_STATUS_OK
}

//export hello_print
func hello_print(value C.double) C.HelloStatus {
	_, err := fmt.Printf("Hello! The square root of %v is: %v\n", value, math.Sqrt(float64(value)))
	if err != nil {
		return fail(C.HELLO_STATUS_IO, "hello_print: "+err.Error())
	}
	return C.HELLO_STATUS_OK
}

func main() {}
