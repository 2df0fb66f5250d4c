/* The smallest program that needs the library. */

#include "hello.h"

int main(void) {
    Hello();
    return 0;
}
