(function(){
"use strict";
document.querySelectorAll("table.sortable").forEach(function(table){
table.querySelectorAll("thead th").forEach(function(th,i){
if(th.hasAttribute("data-fixed"))return;
var b=document.createElement("button");b.type="button";b.className="sort";
while(th.firstChild)b.appendChild(th.firstChild);
th.appendChild(b);
b.addEventListener("click",function(){
var up=th.getAttribute("aria-sort")!=="ascending",body=table.tBodies[0];
table.querySelectorAll("thead th").forEach(function(o){o.removeAttribute("aria-sort")});
th.setAttribute("aria-sort",up?"ascending":"descending");
var rows=Array.prototype.slice.call(body.rows).map(function(r,k){
var c=r.cells[i],v=c.hasAttribute("data-v")?c.getAttribute("data-v"):c.textContent.trim(),n=parseFloat(v);
return{r:r,k:k,v:v,n:c.getAttribute("data-v")===""?null:isNaN(n)?undefined:n}});
rows.sort(function(a,b){
if(a.n===null||b.n===null)return(a.n===null)-(b.n===null)||a.k-b.k;
var d=a.n!==undefined&&b.n!==undefined?a.n-b.n:a.v.localeCompare(b.v);
return(up?d:-d)||a.k-b.k});
rows.forEach(function(x){body.appendChild(x.r)})})})});
addEventListener("beforeprint",function(){document.querySelectorAll("details:not(.data)").forEach(function(d){if(!d.open){d.open=true;d.setAttribute("data-closed","")}})});
addEventListener("afterprint",function(){document.querySelectorAll("details[data-closed]").forEach(function(d){d.open=false;d.removeAttribute("data-closed")})});
function openTarget(){var t=location.hash&&document.getElementById(decodeURIComponent(location.hash.slice(1)));if(t){var d=t.closest("details")||t.querySelector("details.ev");if(d)d.open=true}}
addEventListener("hashchange",openTarget);openTarget();
})();
