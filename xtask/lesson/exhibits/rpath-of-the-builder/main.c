/* A program that is given away with its library beside it. */

#include "hello.h"

int main(void) {
    Hello();
    return 0;
}
