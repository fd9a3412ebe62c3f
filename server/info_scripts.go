package server

// bytesPerState is about what a Lua state takes before a script runs in it.
const bytesPerState = 150 << 10

// scriptMemory shows what scripts and functions take, in Redis's names.
func (v *infoView) scriptMemory(f *fields) {
	sc := &v.srv.scripts
	scripts, evalBytes, _ := sc.Count()
	functions, functionBytes := 0, 0
	libs := sc.Libraries()
	for _, lib := range libs {
		functions += len(lib.Functions)
		functionBytes += len(lib.Code)
	}
	vm := int64(sc.States() * bytesPerState)
	f.bytes("used_memory_lua", vm)
	f.ints("used_memory_vm_eval", vm, "used_memory_scripts_eval", evalBytes, "number_of_cached_scripts", scripts,
		"number_of_functions", functions, "number_of_libraries", len(libs), "used_memory_vm_functions", 0)
	f.bytes("used_memory_vm_total", vm)
	f.ints("used_memory_functions", functionBytes)
	f.bytes("used_memory_scripts", int64(evalBytes+functionBytes))
}
