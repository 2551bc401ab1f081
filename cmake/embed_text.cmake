# cmake -DINPUT=file -DOUTPUT=file.cc -DNAMESPACE=ns -DNAME=kName -P embed_text.cmake
# Writes a C++ source that defines `const char kName[]` and `const std::size_t kNameSize`.
file(READ ${INPUT} hex HEX)
string(LENGTH "${hex}" digits)
math(EXPR size "${digits} / 2")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${hex}")
string(REGEX REPLACE "(('[^']*',){20})" "\\1\n" bytes "${bytes}")
file(WRITE ${OUTPUT} "#include <cstddef>
namespace ${NAMESPACE} {
extern const char ${NAME}[];
extern const std::size_t ${NAME}Size;
const char ${NAME}[] = {${bytes}'\\0'};
const std::size_t ${NAME}Size = ${size};
}  // namespace ${NAMESPACE}
")
