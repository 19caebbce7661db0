namespace Faultbox.Linux.Shim;

/// <summary>
/// The table interpreter for x86_64. Beside the bytes of each instruction stand its offset and the assembly they mean (Intel syntax); a line
/// that begins with a word and a colon is a label. What the entries look like: <see cref="LauncherImage"/>.
/// </summary>
internal static class InterpreterX64
{
    /// <summary>Offset of the field that receives the address of the table.</summary>
    public const int TableFieldOffset = 0x5;

    /// <summary>Offset of the address after the one instruction that makes calls.</summary>
    public const int CallSiteOffset = 0x12D;

    /// <summary>The code, position dependent only through the table's address.</summary>
    public static ReadOnlySpan<byte> Code =>
    [
        // start: the initial stack and the table
        0x49, 0x89, 0xE4, // 000  mov r12, rsp
        0x48, 0xBB, 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11, // 003  movabs rbx, 0x1122334455667788
        0x45, 0x31, 0xF6, // 00d  xor r14d, r14d
        // next: one entry
        0x8B, 0x03, // 010  mov eax, [rbx]
        0x48, 0x8B, 0x7B, 0x08, // 012  mov rdi, [rbx+8]
        0x48, 0x8B, 0x73, 0x10, // 016  mov rsi, [rbx+16]
        0x48, 0x8B, 0x53, 0x18, // 01a  mov rdx, [rbx+24]
        0x4C, 0x8B, 0x53, 0x20, // 01e  mov r10, [rbx+32]
        0x4C, 0x8B, 0x43, 0x28, // 022  mov r8, [rbx+40]
        0x4C, 0x8B, 0x4B, 0x30, // 026  mov r9, [rbx+48]
        0x85, 0xC0, // 02a  test eax, eax
        0x78, 0x39, // 02c  js special
        0xE8, 0xF8, 0x00, 0x00, 0x00, // 02e  call kernel
        0x48, 0x3D, 0x00, 0xF0, 0xFF, 0xFF, // 033  cmp rax, -4096
        0x0F, 0x87, 0x9D, 0x00, 0x00, 0x00, // 039  ja failed
        0x48, 0x85, 0xC0, // 03f  test rax, rax
        0x75, 0x0A, // 042  jnz store
        0xF6, 0x43, 0x04, 0x02, // 044  test byte ptr [rbx+4], 2
        0x0F, 0x85, 0x8E, 0x00, 0x00, 0x00, // 048  jnz failed
        // store: keep the result where the entry says; a flag skips the entry after a success
        0x48, 0x8B, 0x4B, 0x38, // 04e  mov rcx, [rbx+56]
        0xE3, 0x03, // 052  jrcxz stored
        0x48, 0x89, 0x01, // 054  mov [rcx], rax
        // stored:
        0xF6, 0x43, 0x04, 0x04, // 057  test byte ptr [rbx+4], 4
        0x74, 0x04, // 05b  jz advance
        0x48, 0x83, 0xC3, 0x40, // 05d  add rbx, 64
        // advance: go on with the following entry
        0x48, 0x83, 0xC3, 0x40, // 061  add rbx, 64
        0xEB, 0xA9, // 065  jmp next
        // special: -1 environment, -2 absent, -3 split, -4 reap
        0xFF, 0xC0, // 067  inc eax
        0x74, 0x2E, // 069  jz environment
        0xFF, 0xC0, // 06b  inc eax
        0x74, 0x59, // 06d  jz absent
        0xFF, 0xC0, // 06f  inc eax
        0x74, 0x31, // 071  jz split
        // reap: wait for children until the given one has ended, or none is left; the result is its wait status
        0x49, 0x89, 0xFD, // 073  mov r13, rdi
        0x50, // 076  push rax
        // again:
        0x6A, 0xFF, // 077  push -1
        0x5F, // 079  pop rdi
        0x6A, 0x3D, // 07a  push 61
        0x58, // 07c  pop rax
        0x48, 0x89, 0xE6, // 07d  mov rsi, rsp
        0x31, 0xD2, // 080  xor edx, edx
        0x45, 0x31, 0xD2, // 082  xor r10d, r10d
        0xE8, 0xA1, 0x00, 0x00, 0x00, // 085  call kernel
        0x48, 0x85, 0xC0, // 08a  test rax, rax
        0x78, 0x05, // 08d  js reaped
        0x4C, 0x39, 0xE8, // 08f  cmp rax, r13
        0x75, 0xE3, // 092  jne again
        // reaped:
        0x58, // 094  pop rax
        0x89, 0xC0, // 095  mov eax, eax
        0xEB, 0xB5, // 097  jmp store
        // environment: its address, behind the arguments on the initial stack
        0x49, 0x8B, 0x04, 0x24, // 099  mov rax, [r12]
        0x49, 0x8D, 0x44, 0xC4, 0x10, // 09d  lea rax, [r12+rax*8+16]
        0xEB, 0xAA, // 0a2  jmp store
        // split: fork; the child goes on with the following entry, the parent keeps the child's number and goes elsewhere
        0x6A, 0x39, // 0a4  push 57
        0x58, // 0a6  pop rax
        0xE8, 0x7F, 0x00, 0x00, 0x00, // 0a7  call kernel
        0x48, 0x3D, 0x00, 0xF0, 0xFF, 0xFF, // 0ac  cmp rax, -4096
        0x77, 0x28, // 0b2  ja failed
        0x85, 0xC0, // 0b4  test eax, eax
        0x74, 0xA9, // 0b6  jz advance
        0x48, 0x8B, 0x4B, 0x38, // 0b8  mov rcx, [rbx+56]
        0x48, 0x89, 0x01, // 0bc  mov [rcx], rax
        0x48, 0x8B, 0x5B, 0x08, // 0bf  mov rbx, [rbx+8]
        0xE9, 0x48, 0xFF, 0xFF, 0xFF, // 0c3  jmp next
        // absent: no candidate executes; the error worth telling is the last one that was not "no such file"
        0x41, 0xBF, 0x7F, 0x00, 0x00, 0x00, // 0c8  mov r15d, 127
        0x44, 0x89, 0xF0, // 0ce  mov eax, r14d
        0x85, 0xC0, // 0d1  test eax, eax
        0x75, 0x30, // 0d3  jnz report
        0xB8, 0x02, 0x00, 0x00, 0x00, // 0d5  mov eax, 2
        0xEB, 0x29, // 0da  jmp report
        // failed: tolerated, perhaps remembered, or the end
        0xF7, 0xD8, // 0dc  neg eax
        0xF6, 0x43, 0x04, 0x01, // 0de  test byte ptr [rbx+4], 1
        0x74, 0x1B, // 0e2  jz fatal
        0xF6, 0x43, 0x04, 0x08, // 0e4  test byte ptr [rbx+4], 8
        0x0F, 0x84, 0x73, 0xFF, 0xFF, 0xFF, // 0e8  jz advance
        0x83, 0xF8, 0x02, // 0ee  cmp eax, 2
        0x0F, 0x84, 0x6A, 0xFF, 0xFF, 0xFF, // 0f1  je advance
        0x41, 0x89, 0xC6, // 0f7  mov r14d, eax
        0xE9, 0x62, 0xFF, 0xFF, 0xFF, // 0fa  jmp advance
        // fatal:
        0x41, 0xBF, 0x7E, 0x00, 0x00, 0x00, // 0ff  mov r15d, 126
        // report: {step, errno} to the descriptor the entry names, then exit_group
        0x48, 0xC1, 0xE0, 0x20, // 105  shl rax, 32
        0x0F, 0xB6, 0x53, 0x05, // 109  movzx edx, byte ptr [rbx+5]
        0x48, 0x09, 0xD0, // 10d  or rax, rdx
        0x50, // 110  push rax
        0x0F, 0xB6, 0x7B, 0x06, // 111  movzx edi, byte ptr [rbx+6]
        0x48, 0x89, 0xE6, // 115  mov rsi, rsp
        0x6A, 0x08, // 118  push 8
        0x5A, // 11a  pop rdx
        0x6A, 0x01, // 11b  push 1
        0x58, // 11d  pop rax
        0xE8, 0x08, 0x00, 0x00, 0x00, // 11e  call kernel
        0x44, 0x89, 0xFF, // 123  mov edi, r15d
        0xB8, 0xE7, 0x00, 0x00, 0x00, // 126  mov eax, 231
        // kernel: the only instruction that makes calls
        0x0F, 0x05, // 12b  syscall
        0xC3, // 12d  ret
    ];
}
